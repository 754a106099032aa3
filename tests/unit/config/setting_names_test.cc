#include "service/config/setting_names.h"

#include <gtest/gtest.h>

#include "blooio/gateway/v1/config.pb.h"

namespace blooio::gateway {
namespace {

TEST(MightBeNameTest, TellsNamesFromSecrets) {
  for (const std::string key : {"listen", "v2", "token_sha256", "base-url", "maxInFlight", "a.b", "X"}) {
    EXPECT_TRUE(MightBeName(key)) << key;
  }
  for (const std::string key :
       {"", "two words", "bl_live_9f86d081884c7d65", "a=b", "api_key:x", "ключ", "a\n"}) {
    EXPECT_FALSE(MightBeName(key)) << key;
  }
  EXPECT_TRUE(MightBeName(std::string(40, 'a')));
  EXPECT_FALSE(MightBeName(std::string(41, 'a')));
}

TEST(NearestNameTest, FindsWhatWasMeant) {
  const auto& server = *v1::ServerConfig::descriptor();
  EXPECT_EQ(NearestName("lisen", server), "listen");
  EXPECT_EQ(NearestName("LISTEN", server), "listen");
  EXPECT_EQ(NearestName("drain_delays", server), "drain_delay");
  EXPECT_EQ(NearestName("drain_timout", server), "drain_timeout");
  EXPECT_EQ(NearestName("max_requestbytes", server), "max_request_bytes");
  EXPECT_EQ(NearestName("tsl", server), "");
  EXPECT_EQ(NearestName("tl", server), "tls");
  EXPECT_EQ(NearestName("colour", server), "");
}

}  // namespace
}  // namespace blooio::gateway
