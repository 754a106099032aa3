#include "service/base/json_text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "service/base/utf8.h"

namespace blooio::gateway {
namespace {

using nlohmann::json;

struct Repair {
  const char* what;
  std::string json;
  // What a strict parser then reads; "refused" when the text is no JSON for
  // another reason.
  std::string read;
};

const std::vector<Repair> kRepairs = {
    {"a lone high surrogate", R"("a\ud800z")", "a\uFFFDz"},
    {"a lone high surrogate in capitals", R"("\uDBFF")", "\uFFFD"},
    {"a lone low surrogate", R"("a\udc00z")", "a\uFFFDz"},
    {"a high surrogate before another escape", R"("\ud800\u0041")", "\uFFFDA"},
    {"a high surrogate before a line break", R"("\ud800\n")", "\uFFFD\n"},
    {"a high surrogate before a pair", R"("\ud83d\ud83d\ude00")", "\uFFFD\U0001F600"},
    {"two low surrogates", R"("\udc00\udc00")", "\uFFFD\uFFFD"},
    {"a surrogate behind an escaped backslash", R"("\\\ud800")", "\\\uFFFD"},
    {"ill-formed bytes", "\"a\xFF\xC0\x80z\"", "a\uFFFD\uFFFD\uFFFDz"},
    {"a character that breaks off", "\"\xE2\x82\"", "\uFFFD\uFFFD"},
    {"an encoded surrogate", "\"\xED\xA0\x80\"", "\uFFFD\uFFFD\uFFFD"},
    {"an ill-formed byte behind an escape", "\"\\u0041\xFF\"", "A\uFFFD"},
    {"a lone surrogate cut by the closing quote", R"("\ud80")", "refused"},
    {"an ill-formed byte as escape", "\"\\\xFF\"", "refused"},
    {"an ill-formed byte inside an escape",
     "\"\\u00\xFF"
     "1\"",
     "refused"},
    {"a surrogate outside any string", R"({\ud800"a":1})", "refused"},
};

TEST(RepairJsonText, MakesTextReadable) {
  for (const Repair& row : kRepairs) {
    SCOPED_TRACE(row.what);
    std::string storage;
    const std::string_view repaired = RepairJsonText(row.json, storage);
    EXPECT_TRUE(IsValidUtf8(repaired));
    const json read = json::parse(repaired, nullptr, false);
    EXPECT_EQ(read.is_string() ? read.get<std::string>() : "refused", row.read);
  }
}

TEST(RepairJsonText, LeavesSoundTextWhereItIs) {
  for (const std::string& sound :
       std::vector<std::string>{"", "{}", R"({"a":"é€😀","b":[1,2]})", R"("\ud83d\ude00")", R"("\\ud800")",
                                R"("\\\\ud800")", R"("\"\\\/\b\f\n\r\t\u0000\u00e9")", "\"\xEF\xBF\xBF\"",
                                "\\", "\"\\", R"("\u)", R"("\u12)", R"("\u-123")", R"("\ux")"}) {
    std::string storage = "untouched";
    const std::string_view same = RepairJsonText(sound, storage);
    EXPECT_EQ(same.data(), sound.data()) << sound;
    EXPECT_EQ(same.size(), sound.size()) << sound;
    EXPECT_EQ(storage, "untouched");
  }
}

// Text is looked at eight bytes at a time: what has to be seen may stand anywhere in them.
TEST(RepairJsonText, SeesEveryPlace) {
  for (size_t before = 0; before < 20; ++before) {
    for (size_t after = 0; after < 20; ++after) {
      std::string front(before + 1, '\x7F');
      front[0] = '"';
      std::string back(after + 1, 'b');
      back[after] = '"';
      std::string storage;
      EXPECT_EQ(RepairJsonText(front + "\xFF" + back, storage), front + "\uFFFD" + back);
      EXPECT_EQ(RepairJsonText(front + "\\udc00" + back, storage), front + "\uFFFD" + back);
      const std::string sound = front + "é\\n" + back;
      EXPECT_EQ(RepairJsonText(sound, storage).data(), sound.data());
    }
  }
}

TEST(AppendJsonString, SeesEveryPlace) {
  for (int c = 1; c < 0x80; ++c) {
    for (size_t before = 0; before < 10; ++before) {
      const std::string text =
          std::string(before, ' ') + static_cast<char>(c) + std::string(9 - before, '\x7F');
      std::string out;
      AppendJsonString(text, out);
      const bool plain = c >= 0x20 && c != '"' && c != '\\';
      EXPECT_EQ(out.size() == text.size() + 2, plain) << c << " behind " << before;
      EXPECT_EQ(json::parse(out).get<std::string>(), text);
    }
  }
}

TEST(RepairJsonText, RepairsInMoreThanOnePlaceAndReusesItsStorage) {
  std::string storage = "left over";
  EXPECT_EQ(RepairJsonText("[\"\xFF\",\"ok\",\"\\ud800\"]", storage), "[\"\uFFFD\",\"ok\",\"\uFFFD\"]");
  EXPECT_EQ(RepairJsonText("\xFF", storage), "\uFFFD");
}

TEST(BlankHugeNumbers, ReplacesOnlyWhatNoDoubleHolds) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"[1e999,-1e999,1E+400]", "[null,null,null]"},
      {R"({"a":1e308,"b":-0,"c":1e-999})", R"({"a":1e308,"b":-0,"c":1e-999})"},
      {R"({"1e999":"1e999 \" 1e999"})", R"({"1e999":"1e999 \" 1e999"})"},
      {R"("open 1e999)", R"("open 1e999)"},
      {R"("\)", R"("\)"},
      {"1e999", "null"},
  };
  for (const auto& [json, expected] : rows) EXPECT_EQ(BlankHugeNumbers(json), expected) << json;
}

TEST(AppendJsonString, IsReadBackByAnotherParser) {
  std::string every_byte;
  for (int c = 0; c < 0x80; ++c) every_byte += static_cast<char>(c);
  for (const std::string& text : {std::string(), every_byte, std::string("é€😀\u2028\u2029"),
                                  std::string("\"quoted\" \\ and \\u0041")}) {
    std::string out = "[";
    AppendJsonString(text, out);
    out += ']';
    EXPECT_EQ(json::parse(out)[0].get<std::string>(), text);
    EXPECT_EQ(out.find('\n'), std::string::npos);
  }
}

TEST(AppendJsonString, EscapesShortlyAndRepairs) {
  std::string out;
  AppendJsonString("\"\\\n\r\t\b\x1F\x7F/é\xFFz\xE2\x82", out);
  EXPECT_EQ(out, "\"\\\"\\\\\\n\\r\\t\\u0008\\u001f\x7F/é\uFFFDz\uFFFD\uFFFD\"");
}

}  // namespace
}  // namespace blooio::gateway
