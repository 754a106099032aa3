#include "service/transcoding/json_strings.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/json_text.h"

namespace blooio::gateway {
namespace {

// What a parser hands over, as text, with what its strings are by `text`.
template <class Text>
class Listener {
 public:
  explicit Listener(Text text) : text_(std::move(text)) {}
  const std::string& heard() const { return heard_; }

  bool null() { return Hear("null"); }
  bool boolean(bool value) { return Hear(value ? "true" : "false"); }
  bool number_integer(int64_t value) { return Hear(std::to_string(value)); }
  bool number_unsigned(uint64_t value) { return Hear(std::to_string(value)); }
  bool number_float(double value, const std::string&) { return Hear(std::to_string(value)); }
  bool string(const std::string& parsed) { return Hear("string ", text_(parsed)); }
  bool key(const std::string& parsed) { return Hear("key ", text_(parsed)); }
  bool start_object(size_t) { return Hear("{"); }
  bool start_array(size_t) { return Hear("["); }
  bool end_object() { return Hear("}"); }
  bool end_array() { return Hear("]"); }
  template <class Binary>
  bool binary(Binary&) {
    return false;
  }
  template <class Exception>
  bool parse_error(size_t, const std::string&, const Exception& error) {
    Hear("error ", std::to_string(error.id));
    return false;
  }

 private:
  bool Hear(std::string_view what, std::string_view more = {}) {
    heard_.append(what).append(more).append("\n");
    return true;
  }

  Text text_;
  std::string heard_;
};

std::string HeardOf(std::string_view json) {
  Listener listener([](const std::string& parsed) { return std::string_view(parsed); });
  (void)nlohmann::json::sax_parse(json.begin(), json.end(), &listener);
  return listener.heard();
}

std::string HeardApart(std::string_view json) {
  JsonStrings strings(json);
  Listener listener([&](const std::string& parsed) { return strings.Text(parsed); });
  (void)nlohmann::json::sax_parse(strings.begin(), strings.end(), &listener);
  return listener.heard();
}

const std::vector<std::string> kTexts = {
    R"({"id":"msg_1","status":"queued","parts":[{"text":"Hello, it is 12:30."},"x",""],"n":[1,-2.5,1e3]})",
    R"({"escaped":"a\"b\\","key \u00e9":"\ud83d\ude00","plain":"é😀"})",
    R"(["\"","\\","\\\"","a\\",""])",
    R"("text alone")",
    R"( { "a" : "b" , "c" : null , "d" : [ true , false ] } )",
    R"([1,"a",2,"b",3"c"])",
    R"([true"a",null"b"])",
    R"({"a""b":"c"})",
    R"({"a" "b"})",
    R"({"open":"never closed)",
    R"({"open":"never closed\)",
    R"({"open":"never closed\")",
    R"({"a":"b"}"c")",
    R"("a" "b")",
    R"({"a":"bad \x escape","b":"c"})",
    "[\"line\nbreak\"]",
    "[\"tab\tand plain\",\"b\"]",
    std::string("[\"nul\0\",\"b\"]", 12),
    R"(\"a")",
    R"([1e999,"a"])",
    "\"",
    "\"\"",
    "",
    "\xEF\xBB\xBF{\"a\":\"b\"}",
};

TEST(JsonStrings, LeaveTheParserSayingTheSame) {
  for (const std::string& text : kTexts) EXPECT_EQ(HeardApart(text), HeardOf(text)) << text;
}

// Text is looked at eight bytes at a time: what has to be seen may stand anywhere in them.
TEST(JsonStrings, SeeEveryPlace) {
  for (const char* special : {"\"", "\\n", "\\\"", "\\\\", "\n", "\x1F", "é", "\x7F"}) {
    for (size_t before = 0; before < 20; ++before) {
      for (size_t after = 0; after < 20; ++after) {
        const std::string text =
            "[\"" + std::string(before, '!') + special + std::string(after, 'z') + "\",\"b\"]";
        ASSERT_EQ(HeardApart(text), HeardOf(text)) << text;
      }
    }
  }
}

TEST(JsonStrings, LeaveTheParserSayingTheSameOfBrokenText) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  constexpr std::string_view kPieces = "\"\"\"\"\\\\{}[]:, \n\tu0aé1-";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = kTexts[random() % kTexts.size()];
    for (size_t change = random() % 4; change > 0 && !text.empty(); --change) {
      const size_t at = random() % text.size();
      const char piece = kPieces[random() % kPieces.size()];
      switch (random() % 3) {
        case 0:
          text[at] = piece;
          break;
        case 1:
          text.insert(at, 1, piece);
          break;
        default:
          text.erase(at, 1);
      }
    }
    std::string storage;
    const std::string_view sound = RepairJsonText(text, storage);
    ASSERT_EQ(HeardApart(sound), HeardOf(sound)) << sound;
  }
}

}  // namespace
}  // namespace blooio::gateway
