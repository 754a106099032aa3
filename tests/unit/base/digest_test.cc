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

// RFC 4231, 4.2, 4.3 and 4.7, and around the length of a block.
TEST(DigestTest, IsHmacSha256) {
  EXPECT_EQ(HmacSha256(std::string(20, '\x0b')).Of("Hi There"),
            DigestFromHex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
  EXPECT_EQ(HmacSha256("Jefe").Of("what do ya want for nothing?"),
            DigestFromHex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
  EXPECT_EQ(HmacSha256(std::string(131, '\xaa')).Of("Test Using Larger Than Block-Size Key - Hash Key First"),
            DigestFromHex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
  // A key is padded with zeros to a block, and a longer one hashed.
  const std::string block(64, 'k');
  EXPECT_EQ(HmacSha256(block.substr(1)).Of(block), HmacSha256(block.substr(1) + '\0').Of(block));
  const Digest longer = Sha256(block + 'k');
  EXPECT_EQ(HmacSha256(block + 'k').Of(""),
            HmacSha256({reinterpret_cast<const char*>(longer.data()), longer.size()}).Of(""));
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
