#include "service/base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace blooio::gateway {
namespace {

constexpr char kOfTest[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

TEST(DigestTest, IsSha256) {
  EXPECT_EQ(Sha256("test"), DigestFromHex(kOfTest));
  EXPECT_TRUE(IsSame(Sha256("test"), *DigestFromHex(kOfTest)));
  EXPECT_FALSE(IsSame(Sha256("test"), Sha256("Test")));
  EXPECT_EQ(Sha256(""), DigestFromHex("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"));
}

TEST(DigestTest, ReadsNothingButHexDigits) {
  const std::string good = kOfTest;
  EXPECT_EQ(DigestFromHex(good.substr(1)), std::nullopt);
  EXPECT_EQ(DigestFromHex(good + "0"), std::nullopt);
  EXPECT_EQ(DigestFromHex(std::string(64, 'g')), std::nullopt);
  EXPECT_EQ(DigestFromHex(""), std::nullopt);
}

TEST(DigestTest, ComparesEveryByte) {
  const Digest digest = Sha256("abc");
  EXPECT_TRUE(IsSame(digest, Sha256("abc")));
  for (size_t i = 0; i < digest.size(); ++i) {
    Digest other = digest;
    other[i] ^= 1;
    EXPECT_FALSE(IsSame(digest, other)) << i;
  }
}

TEST(DigestTest, IsShownByItsBeginning) {
  EXPECT_EQ(Fingerprint(Sha256("abc")), "ba7816bf");
  EXPECT_EQ(Fingerprint(Sha256("")), "e3b0c442");
}

}  // namespace
}  // namespace blooio::gateway
