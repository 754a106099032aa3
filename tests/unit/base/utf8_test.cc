#include "service/base/utf8.h"

#include <gmock/gmock.h>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

using std::string_literals::operator""s;

const std::string kSmile = "\xF0\x9F\x98\x80";  // U+1F600

struct IllFormed {
  const char* what;
  std::string text;
};
// Every class of ill-formed sequence of Unicode 15, table 3-7, one step past each bound.
const std::vector<IllFormed> kIllFormed = {
    {"lone continuation", "\x80"},
    {"last continuation", "\xBF"},
    {"overlong NUL", "\xC0\x80"},
    {"overlong ASCII", "\xC1\xBF"},
    {"two bytes cut", "\xC2"},
    {"two bytes, then ASCII", "\xC2\x41"},
    {"two bytes, then a lead", "\xC2\xC2"},
    {"overlong three bytes", "\xE0\x9F\xBF"},
    {"three bytes cut", "\xE2\x82"},
    {"three bytes, then ASCII", "\xE2\x82\x41"},
    {"first surrogate", "\xED\xA0\x80"},
    {"last surrogate", "\xED\xBF\xBF"},
    {"overlong four bytes", "\xF0\x8F\xBF\xBF"},
    {"four bytes cut", "\xF0\x9F\x98"},
    {"four bytes, then ASCII", "\xF0\x9F\x98\x41"},
    {"past U+10FFFF", "\xF4\x90\x80\x80"},
    {"lead F5", "\xF5\x80\x80\x80"},
    {"five bytes", "\xF8\x88\x80\x80\x80"},
    {"FE", "\xFE"},
    {"FF", "\xFF"},
};

TEST(Utf8, RefusesEveryClassOfIllFormedSequence) {
  for (const IllFormed& row : kIllFormed) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(Utf8SequenceLength(row.text), 0u);
    EXPECT_FALSE(IsValidUtf8(row.text));
    EXPECT_FALSE(IsValidUtf8(Cat("before ", row.text)));
    const std::string repaired = RepairUtf8(Cat("<", row.text, ">"));
    EXPECT_TRUE(IsValidUtf8(repaired));
    EXPECT_THAT(repaired, testing::StartsWith(Cat("<", kReplacementCharacter)));
    EXPECT_THAT(repaired, testing::EndsWith(">"));
  }
}

TEST(Utf8, TakesTheFirstAndLastSequenceOfEachLength) {
  const std::vector<std::pair<std::string, size_t>> rows = {
      {"\0"s, 1},
      {"\x7F", 1},
      {"\xC2\x80", 2},
      {"\xDF\xBF", 2},
      {"\xE0\xA0\x80", 3},
      {"\xED\x9F\xBF", 3},
      {"\xEE\x80\x80", 3},
      {"\xEF\xBF\xBF", 3},
      {"\xF0\x90\x80\x80", 4},
      {kSmile, 4},
      {"\xF4\x8F\xBF\xBF", 4},
  };
  for (const auto& [text, length] : rows) {
    EXPECT_EQ(Utf8SequenceLength(text), length) << testing::PrintToString(text);
    EXPECT_EQ(Utf8SequenceLength(text + "tail"), length) << testing::PrintToString(text);
    EXPECT_TRUE(IsValidUtf8(text));
    EXPECT_EQ(RepairUtf8(text), text);
  }
  EXPECT_EQ(Utf8SequenceLength(""), 0u);
  EXPECT_TRUE(IsValidUtf8(""));
}

TEST(Utf8, CountsCodePointsAndEachIllFormedByte) {
  EXPECT_EQ(CountCodePoints(""), 0u);
  EXPECT_EQ(CountCodePoints("aé€" + kSmile), 4u);
  EXPECT_EQ(CountCodePoints("a\xFF\xE2\x82z"), 5u);
}

TEST(Utf8, RepairsByteByByteAndKeepsTheRest) {
  EXPECT_EQ(RepairUtf8("a\xE2\x82z\xFFé"), "a\uFFFD\uFFFDz\uFFFDé");
}

TEST(Utf8, CutsBetweenCodePoints) {
  const std::string text = "aé€" + kSmile;  // 1 + 2 + 3 + 4 bytes
  const std::vector<size_t> kept = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t most = 0; most < kept.size(); ++most)
    EXPECT_EQ(TruncateUtf8(text, most).size(), kept[most]) << most;
}

TEST(Utf8, CutsIllFormedTextWhereItMay) {
  EXPECT_EQ(TruncateUtf8("a\x80\x80\x80\x80\x80", 4), "a\x80\x80\x80");
  EXPECT_EQ(TruncateUtf8("\xFF\xFF\xFF", 2), "\xFF\xFF");
  EXPECT_EQ(TruncateUtf8("ab\xE2\x82", 3), "ab\xE2");
}

}  // namespace
}  // namespace blooio::gateway
