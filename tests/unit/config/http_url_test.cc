#include "service/config/http_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace blooio::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseHttpUrlTest, TakesUrlsApart) {
  const struct {
    std::string text;
    bool tls;
    HostPort address;
    std::string path;
  } cases[] = {{"https://api.blooio.com/v2/api", true, {"api.blooio.com", 443}, "/v2/api"},
               {"http://127.0.0.1:4080/v4/", false, {"127.0.0.1", 4080}, "/v4"},
               {"http://localhost", false, {"localhost", 80}, ""},
               {"https://[::1]:8443//", true, {"::1", 8443}, ""},
               {"https://[::1]/a%20b", true, {"::1", 443}, "/a%20b"}};
  for (const auto& c : cases) {
    const auto url = ParseHttpUrl(c.text);
    ASSERT_TRUE(url.ok()) << c.text << ": " << url.status();
    EXPECT_EQ(url->tls, c.tls) << c.text;
    EXPECT_EQ(url->address, c.address) << c.text;
    EXPECT_EQ(url->path, c.path) << c.text;
  }
}

TEST(ParseHttpUrlTest, RefusesTheRestWithoutQuotingIt) {
  const struct {
    std::string text, sentence;
  } cases[] = {{"", "has to begin with"},
               {"secret.example/v4", "has to begin with"},
               {"ftp://secret", "has to begin with"},
               {"HTTPS://secret", "has to begin with"},
               {"https:/secret", "has to begin with"},
               {"https://", "names no host"},
               {"https:///secret", "names no host"},
               {"https://:443/secret", "names no host"},
               {"https://secret:0", "has port 0"},
               {"https://secret:70000", "has a port"},
               {"https://secret:", "has a port"},
               {"https://user:secret@host/v4", "must not have a user name"},
               {"https://secret@host", "must not have a user name"},
               {"https://host?secret=1", "must not have a query"},
               {"https://host/v4?secret", "must not have a query"},
               {"https://host/v4#secret", "must not have a query"},
               {"https://secret host/", "names no host that is"},
               {"https://127.1/secret", "names no host that is"},
               {"https://host/a secret", "has a path with a character"},
               {"https://host\\secret", "names no host that is"},
               {"https://host/secret\\", "has a path with a character"}};
  for (const auto& c : cases) {
    const auto url = ParseHttpUrl(c.text);
    ASSERT_FALSE(url.ok()) << c.text;
    EXPECT_THAT(std::string(url.status().message()), HasSubstr(c.sentence)) << c.text;
    EXPECT_THAT(std::string(url.status().message()), Not(HasSubstr("secret"))) << c.text;
  }
}

}  // namespace
}  // namespace blooio::gateway
