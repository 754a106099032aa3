#include "service/config/setting_names.h"

#include <gtest/gtest.h>

#include "blooio/gateway/v1/config.pb.h"

namespace blooio::gateway {
namespace {

TEST(MayBeShownTest, TellsNamesFromSecrets) {
  const auto& server = *v1::ServerConfig::descriptor();
  for (const std::string key :
       {"listen", "colour", "fifteen_letters", "max_request_bites", "max-request-bytes", "MAX_REQUEST_BYTES",
        "maxrequest_bytes2", "X", "token_sha256", "from_number_in_bod"}) {
    EXPECT_TRUE(MayBeShown(key, server)) << key;
  }
  for (const std::string key :
       {"", "two words", "bl_live_9f86d081884c7d65", "bl_live_SECRETKEYabc", "sixteen_letters_", "a=b=c=d=e",
        "api_key:xyz", "ключ", "a\n", "eyJhbGciOi", "S3CRET", "sk_1234", "maxRequestByts"}) {
    EXPECT_FALSE(MayBeShown(key, server)) << key;
  }
  EXPECT_FALSE(MayBeShown(std::string(1 << 20, 'a'), server));
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
