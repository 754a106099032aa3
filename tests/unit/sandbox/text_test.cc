#include "tests/sandbox/text.h"

#include <gtest/gtest.h>

#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/uri.h"
#include "tests/sandbox/wire.h"

namespace blooio::sandbox {
namespace {

TEST(TextTest, Base64RoundTripsAndIsStrict) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab"), std::string("abc"),
                                   std::string("\0\xff\x80 ", 4)}) {
    std::string read;
    ASSERT_TRUE(ReadBase64(Base64(bytes), read)) << Base64(bytes);
    EXPECT_EQ(read, bytes);
  }
  for (const char* text : {"a", "YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", "===="}) {
    std::string read;
    EXPECT_FALSE(ReadBase64(text, read)) << text;
  }
}

TEST(TextTest, ReadNumber) {
  uint64_t number = 0;
  EXPECT_TRUE(ReadNumber("18446744073709551615", number));
  for (const char* text : {"", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616"}) {
    EXPECT_FALSE(ReadNumber(text, number)) << text;
  }
}

TEST(UriTest, DecodesStrictly) {
  EXPECT_EQ(Decode("a%2Bb%20c+d"), "a+b c d");
  for (const char* text : {"%", "%2", "%zz", "a%"}) EXPECT_EQ(Decode(text), std::nullopt) << text;
  EXPECT_EQ(ParseQuery("a=b&c=%26"), (Query{{"a", "b"}, {"c", "&"}}));
  EXPECT_EQ(ParseQuery("a"), std::nullopt);
  EXPECT_EQ(ParseQuery("")->size(), 0u);
}

TEST(IdentifiersTest, PhonesAndEmails) {
  for (const char* good : {"+1555111", "+155511100012345", "a@b", "first.last+tag@example.com"}) {
    EXPECT_TRUE(IsIdentifier(good)) << good;
  }
  for (const char* bad : {"", "+", "15551110001", "+0555111000", "+155511", "+1555111000123456",
                          "+1555a110001", " +15551110001", "@b", "a@", "a@b@c", "a b@c", "a,b@c", "a@b\n"}) {
    EXPECT_FALSE(IsIdentifier(bad)) << bad;
  }
}

TEST(IdentifiersTest, OrderCaseAndDoublesDoNotMakeAnotherSet) {
  EXPECT_EQ(ParticipantKey({"+15551110001", "a@b.c"}), ParticipantKey({"A@B.C", "+15551110001", "a@b.c"}));
}

TEST(WireTest, HeadSaysLengthAndWhetherItCloses) {
  const HttpResponse response{201, {{"X-A", "b"}, {"Connection", "close"}}, "12345"};
  EXPECT_TRUE(AsksToClose(response));
  EXPECT_EQ(ResponseHead(response, true), "HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(ResponseHead({204, {}, ""}, false), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace blooio::sandbox
