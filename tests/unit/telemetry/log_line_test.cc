#include "service/telemetry/log_line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace blooio::gateway {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'795'262'462'345);  // 2026-11-21T12:01:02.345Z

TEST(LogLineTest, SaysTheSameInBothFormats) {
  const auto line = [](LogFormat format) {
    LogLine line(format, LogLevel::kInfo, "call", kNow);
    line.Word("caller", "billing").Word("reason", "").Text("trace", "ab cd").Number("attempts", -1);
    line.Milliseconds("total_ms", absl::Microseconds(12345)).Milliseconds("none_ms", absl::Seconds(-1));
    const std::vector<std::string> values = {"a", "b"};
    line.List("list", values).List("empty", {});
    return std::string(line.Finish());
  };
  EXPECT_EQ(line(LogFormat::kJson),
            R"({"time":"2026-11-21T12:01:02.345Z","level":"info","event":"call","caller":"billing",)"
            R"("trace":"ab cd","attempts":-1,"total_ms":12.345,"none_ms":0.000,"list":["a","b"]})");
  EXPECT_EQ(
      line(LogFormat::kText),
      R"(12:01:02.345 info    call billing trace="ab cd" attempts=-1 total_ms=12.345 none_ms=0.000 list=a,b)");
}

TEST(LogLineTest, KeepsTimeAcrossSeconds) {
  for (const auto& [milliseconds, text] :
       {std::pair(999, "1970-01-01T00:00:00.999Z"), std::pair(1000, "1970-01-01T00:00:01.000Z"),
        std::pair(1007, "1970-01-01T00:00:01.007Z"), std::pair(60010, "1970-01-01T00:01:00.010Z")}) {
    LogLine line(LogFormat::kJson, LogLevel::kInfo, "x", absl::FromUnixMillis(milliseconds));
    EXPECT_EQ(nlohmann::json::parse(line.Finish())["time"], text);
  }
}

struct EscapeCase {
  const char* value;
  const char* shown;
};

class EscapeTest : public testing::TestWithParam<EscapeCase> {};

TEST_P(EscapeTest, LetsNothingOutOfTheLine) {
  for (const LogFormat format : {LogFormat::kJson, LogFormat::kText}) {
    LogLine line(format, LogLevel::kInfo, "x", kNow);
    line.Text("v", GetParam().value);
    EXPECT_TRUE(std::string(line.Finish())
                    .ends_with(std::string(GetParam().shown) + (format == LogFormat::kJson ? "}" : "")))
        << line.Finish();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, EscapeTest,
    testing::Values(EscapeCase{"a b", R"("a b")"}, EscapeCase{"a\"b", R"("a\"b")"},
                    EscapeCase{"a\\b", R"("a\\b")"}, EscapeCase{"a\r\n\tb", R"("a\r\n\tb")"},
                    EscapeCase{"\x1b[31mred", R"("\u001b[31mred")"}, EscapeCase{"bell\a", R"("bell\u0007")"},
                    EscapeCase{"del\x7f", R"("del\u007f")"}, EscapeCase{"csi\xC2\x9B", R"("csi\u009b")"},
                    EscapeCase{"line\xE2\x80\xA8", R"("line\u2028")"},
                    EscapeCase{"turn\xE2\x80\xAE", R"("turn\u202e")"},
                    EscapeCase{"isolate\xE2\x81\xA6", R"("isolate\u2066")"},
                    EscapeCase{"zero\xE2\x80\x8B", R"("zero\u200b")"},
                    EscapeCase{"mark\xEF\xBB\xBF", R"("mark\ufeff")"},
                    EscapeCase{"\xC3\xA9t\xC3\xA9", "\"\xC3\xA9t\xC3\xA9\""},
                    EscapeCase{"\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\""},
                    EscapeCase{"cut\xE2\x80", "\"cut\xEF\xBF\xBD\xEF\xBF\xBD\""}));

// Values are looked at eight bytes at a time: what needs quotes may stand anywhere in them.
TEST(LogLineTest, SeesEveryCharacterOfAValue) {
  for (int c = 1; c < 0x100; ++c) {
    for (size_t before = 0; before < 10; ++before) {
      const std::string value =
          std::string(before, '!') + static_cast<char>(c) + std::string(9 - before, '~');
      LogLine line(LogFormat::kText, LogLevel::kInfo, "x", kNow);
      line.Text("v", value);
      const bool plain = c > ' ' && c < 0x7F && c != '"' && c != '\\';
      EXPECT_EQ(std::string(line.Finish()).ends_with(" v=" + value), plain) << c << " behind " << before;
    }
  }
}

TEST(LogLineTest, WhatIsEscapedIsReadBackAsItWas) {
  std::string all;
  for (int c = 1; c < 0x80; ++c) all += static_cast<char>(c);
  all += "\xC2\x80\xC2\x9F\xC2\xA0\xE2\x80\xA9\xEF\xBB\xBF\xF0\x9F\x98\x80";
  LogLine line(LogFormat::kJson, LogLevel::kInfo, "x", kNow);
  line.Text("v", all);
  EXPECT_EQ(nlohmann::json::parse(line.Finish())["v"], all);
}

}  // namespace
}  // namespace blooio::gateway
