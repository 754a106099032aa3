// Percent-encoding and the shapes of texts: what keeps a value from meaning
// something else on the wire.
#include <gmock/gmock.h>

#include "service/transcoding/percent.h"
#include "service/transcoding/shapes.h"

namespace blooio::gateway {
namespace {

using rest::v1::Shape;

TEST(PercentEncoding, KeepsOnlyTheUnreservedCharacters) {
  const std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    std::string encoded = "/";
    AppendPercentEncoded({&c, 1}, encoded);
    char hex[8];
    snprintf(hex, sizeof hex, "/%%%02X", static_cast<unsigned>(byte));
    EXPECT_EQ(encoded, unreserved.find(c) != std::string_view::npos ? std::string("/") + c : hex) << byte;
  }
}

struct ShapeRow {
  Shape shape;
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

const std::vector<std::string> kMails = {"a@b", "john.doe+tag@example.com", "jöhn@exämple.com", "a@b@c"};
const std::vector<std::string> kNoMails = {
    "", "@", "a@", "@b", "ab", "a b@c", "a@b,", "a@\n", "a@b\x7F", ",a@b", std::string("a\0@b", 4)};
const std::vector<std::string> kPhones = {"+12", "+15551234567", "+123456789012345"};
const std::vector<std::string> kNoPhones = {"",
                                            "+",
                                            "+1",
                                            "15551234567",
                                            "+05551234567",
                                            "+1555 123",
                                            "+1a",
                                            "++1555",
                                            "+1234567890123456",
                                            "+1555\n",
                                            "+15551,+15552",
                                            "\uFF0B15551234567"};

const std::vector<ShapeRow> kShapes = {
    {rest::v1::SHAPE_UNSPECIFIED, {"", "anything, at all\n"}, {}},
    {rest::v1::SHAPE_E164, kPhones, kNoPhones},
    {rest::v1::SHAPE_EMAIL, kMails, kNoMails},
    {rest::v1::SHAPE_E164_OR_EMAIL, kPhones, {"", "+", "@", "+15551234567,a@b", "two words"}},
    {rest::v1::SHAPE_E164_OR_EMAIL, kMails, kNoMails},
    {rest::v1::SHAPE_CHAT_ID, {"chat_1", "chat_.."}, {"", "chat_", "Chat_1", "grp_1", " chat_1"}},
    {rest::v1::SHAPE_GROUP_ID,
     {"grp_1", "grp_.."},
     {"", "grp_", "chat_1", "grp_1,grp_2", "grp_ 1", "grp_\t"}},
    {rest::v1::SHAPE_VISIBLE_ASCII, {"", "!~", "order-1"}, {" ", "a b", "a\r\nb", "\x7F", "é", "\t"}},
};

TEST(Shapes, TakeAndRefuse) {
  for (const ShapeRow& row : kShapes) {
    for (const std::string& text : row.good)
      EXPECT_TRUE(HasShape(text, row.shape)) << row.shape << ": " << text;
    for (const std::string& text : row.bad)
      EXPECT_FALSE(HasShape(text, row.shape)) << row.shape << ": " << text;
    EXPECT_FALSE(DescribeShape(row.shape).empty());
  }
}

}  // namespace
}  // namespace blooio::gateway
