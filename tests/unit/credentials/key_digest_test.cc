#include "service/credentials/key_digest.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

TEST(FingerprintTest, IsTheStartOfTheSha256) {
  EXPECT_EQ(Fingerprint(SecretString(std::string("abc"))), "ba7816bf");
  EXPECT_EQ(Fingerprint(SecretString()), "e3b0c442");
}

TEST(SameKeyTest, ComparesAllOfTheDigest) {
  const KeyDigest digest = DigestOf(SecretString(std::string("abc")));
  EXPECT_TRUE(SameKey(digest, DigestOf(SecretString(std::string("abc")))));
  for (size_t i = 0; i < digest.size(); ++i) {
    KeyDigest other = digest;
    other[i] ^= 1;
    EXPECT_FALSE(SameKey(digest, other)) << i;
  }
}

}  // namespace
}  // namespace blooio::gateway
