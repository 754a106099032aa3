#include "service/config/listen_address.h"

#include <gtest/gtest.h>

#include <string>

namespace blooio::gateway {
namespace {

TEST(ParseListenAddressTest, ReadsHostAndPort) {
  const struct {
    std::string text, host;
    int port;
  } cases[] = {{"127.0.0.1:50051", "127.0.0.1", 50051},
               {"[::1]:0", "::1", 0},
               {"0.0.0.0:65535", "0.0.0.0", 65535},
               {"LocalHost:1", "localhost", 1},
               {"my-host_1.example.com:80", "my-host_1.example.com", 80}};
  for (const auto& c : cases) {
    const auto address = ParseListenAddress(c.text);
    ASSERT_TRUE(address.ok()) << c.text << ": " << address.status();
    EXPECT_EQ(address->tcp.host, c.host) << c.text;
    EXPECT_EQ(address->tcp.port, c.port) << c.text;
    EXPECT_EQ(address->unix_path, "") << c.text;
  }
}

TEST(ParseListenAddressTest, ReadsUnixSockets) {
  const auto address = ParseListenAddress("unix:/run/gateway.sock");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->unix_path, "/run/gateway.sock");
  EXPECT_TRUE(ParseListenAddress("unix:/" + std::string(106, 'a')).ok());
}

TEST(ParseListenAddressTest, RefusesEverythingElse) {
  for (const std::string text : {"",
                                 ":50051",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:x",
                                 "127.0.0.1:-1",
                                 "127.0.0.1:+1",
                                 "127.0.0.1: 1",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:000080",
                                 "127.1:80",
                                 "127.0.0.256:80",
                                 "1.2.3.4.5:80",
                                 "2130706433:80",
                                 "::1:80",
                                 "[::1]",
                                 "[::1]80",
                                 "[::1:80",
                                 "[]:80",
                                 "[127.0.0.1]:80",
                                 "[fe80::1%eth0]:80",
                                 "*:80",
                                 "a..b:80",
                                 ".a:80",
                                 "a b:80",
                                 "a/b:80",
                                 "host\n:80",
                                 "unix:",
                                 "unix:run.sock"}) {
    EXPECT_FALSE(ParseListenAddress(text).ok()) << text;
  }
  EXPECT_FALSE(ParseListenAddress("unix:/" + std::string(107, 'a')).ok());
}

TEST(ParseListenAddressTest, SaysWhatIsWrong) {
  EXPECT_EQ(ParseListenAddress("127.0.0.1").status().message(),
            "names no port; write host:port, [v6]:port or unix:/path");
  EXPECT_EQ(ParseListenAddress(":80").status().message(),
            "names no host; write host:port, [v6]:port or unix:/path");
}

TEST(IsLoopbackTest, KnowsWhoGetsThere) {
  for (const std::string text : {"127.0.0.1:1", "127.255.255.254:1", "[::1]:1", "[0:0:0:0:0:0:0:1]:1",
                                 "localhost:1", "LOCALHOST:1", "unix:/a"}) {
    EXPECT_TRUE(IsLoopback(*ParseListenAddress(text))) << text;
  }
  for (const std::string text :
       {"0.0.0.0:1", "[::]:1", "128.0.0.1:1", "10.0.0.1:1", "[::2]:1", "localhost.example:1", "127.example:1",
        "127.0.0.1.example:1", "[::ffff:10.0.0.1]:1"}) {
    EXPECT_FALSE(IsLoopback(*ParseListenAddress(text))) << text;
  }
}

}  // namespace
}  // namespace blooio::gateway
