#include "service/identity/base64url.h"

#include <gtest/gtest.h>

#include "tests/unit/identity/tokens.h"

namespace blooio::gateway {
namespace {

TEST(Base64UrlTest, ReadsEveryLengthAndByte) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
  EXPECT_EQ(DecodeBase64Url("-_-_"), "\xfb\xff\xbf");
}

TEST(Base64UrlTest, RefusesWhatAnotherReaderMightTake) {
  for (const char* text :
       {"A", "AAAAA", "QQ==", "QQ=", "QUI=", "+/+/", "QQ QQ", " QQ", "QQ\n", "QR", "QUJ", "Q.", "\xc3\xa4"}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64Url(std::string_view("QQ\0\0", 4)), std::nullopt);
}

}  // namespace
}  // namespace blooio::gateway
