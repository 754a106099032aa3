#include "service/telemetry/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

namespace blooio::gateway {
namespace {

std::vector<nlohmann::json> LinesOf(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(LogTest, WritesOneJsonObjectALineFromTheLevelOn) {
  testing::internal::CaptureStderr();
  StartLog(LogLevel::kWarning);
  EXPECT_FALSE(IsLogged(LogLevel::kInfo));
  Log(LogLevel::kInfo, "quiet");
  Log(LogLevel::kWarning, "loud", {{"text", "a \"quoted\"\n{line} %v {}"}, {"bytes", "\xFF"}});
  StopLog();
  Log(LogLevel::kError, "late");
  const auto lines = LinesOf(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["event"], "loud");
  EXPECT_EQ(lines[0]["level"], "warning");
  EXPECT_EQ(lines[0]["text"], "a \"quoted\"\n{line} %v {}");
  EXPECT_EQ(lines[0]["bytes"], "\xEF\xBF\xBD");
  EXPECT_THAT(lines[0]["time"].get<std::string>(), testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
}

TEST(LogTest, MayStopWhileOthersLog) {
  testing::internal::CaptureStderr();
  StartLog(LogLevel::kDebug);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 2000; ++n) Log(LogLevel::kDebug, "busy", {{"n", std::to_string(n)}});
    });
  }
  StopLog();
  for (std::thread& thread : threads) thread.join();
  for (const auto& line : LinesOf(testing::internal::GetCapturedStderr())) EXPECT_EQ(line["event"], "busy");
}

TEST(ParseLogLevelTest, KnowsFiveWords) {
  LogLevel level = LogLevel::kOff;
  EXPECT_TRUE(ParseLogLevel("debug", &level));
  EXPECT_EQ(level, LogLevel::kDebug);
  for (const char* text : {"", "Debug", "trace", "warn"}) EXPECT_FALSE(ParseLogLevel(text, &level)) << text;
  EXPECT_EQ(level, LogLevel::kDebug);
}

}  // namespace
}  // namespace blooio::gateway
