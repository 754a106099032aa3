#include "service/telemetry/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
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
  Log(LogLevel::kWarning, "loud", {{"text", "a \"quoted\"\n{line} %v {}"}, {"bytes", "\xFF"}, {"count", -7}});
  StopLog();
  Log(LogLevel::kError, "late");
  const auto lines = LinesOf(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["event"], "loud");
  EXPECT_EQ(lines[0]["level"], "warning");
  EXPECT_EQ(lines[0]["text"], "a \"quoted\"\n{line} %v {}");
  EXPECT_EQ(lines[0]["bytes"], "\xEF\xBF\xBD");
  EXPECT_EQ(lines[0]["count"], -7);
  EXPECT_TRUE(lines[0]["count"].is_number_integer());
  EXPECT_THAT(lines[0]["time"].get<std::string>(), testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
}

TEST(LogTest, WritesWordsForPeople) {
  testing::internal::CaptureStderr();
  StartLog(LogLevel::kInfo, LogFormat::kText);
  Log(LogLevel::kInfo, "draining", {{"delay", "5s"}, {"calls", 3}, {"why", "a signal"}, {"nothing", ""}});
  StopLog();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex(
                  "..:..:..\\.... info    draining delay=5s calls=3 why=\"a signal\" nothing=\"\"\n"));
}

TEST(LogTest, KeepsTheOrderOfManyLinesAndLosesNone) {
  constexpr int kLines = 5000;  // Fewer than the queue holds.
  testing::internal::CaptureStderr();
  StartLog(LogLevel::kInfo);
  for (int i = 0; i < kLines; ++i) Log(LogLevel::kInfo, "line", {{"n", std::to_string(i)}});
  StopLog();
  const auto lines = LinesOf(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), static_cast<size_t>(kLines));
  for (int i = 0; i < kLines; ++i) ASSERT_EQ(lines[i]["n"], std::to_string(i));
  EXPECT_EQ(DroppedLogLines(), 0u);
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
  for (const auto& line : LinesOf(testing::internal::GetCapturedStderr())) {
    EXPECT_THAT(line["event"], testing::AnyOf("busy", "log_lines_dropped"));
  }
}

// stderr as a pipe that nobody reads.
class StuckStderrTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0);
    saved_ = dup(STDERR_FILENO);
    dup2(pipe_[1], STDERR_FILENO);
    close(pipe_[1]);
  }

  // Reads what comes, so many lines or until stderr is another one again.
  std::thread Reader(long lines = LONG_MAX) {
    return std::thread([this, lines] {
      std::array<char, 65536> chunk;
      ssize_t count = 1;
      while (count > 0 && std::count(text_.begin(), text_.end(), '\n') < lines) {
        count = read(pipe_[0], chunk.data(), chunk.size());
        text_.append(chunk.data(), static_cast<size_t>(count));
      }
    });
  }
  void Restore() { dup2(saved_, STDERR_FILENO); }

  std::array<int, 2> pipe_{};
  int saved_ = -1;
  std::string text_;
};

TEST_F(StuckStderrTest, DropsTheOldestCountsThemAndSaysSo) {
  constexpr size_t kLines = 30000;
  StartLog(LogLevel::kInfo);
  const std::string padding(100, 'x');
  for (size_t i = 0; i < kLines; ++i) {
    Log(LogLevel::kInfo, "line", {{"n", std::to_string(i)}, {"padding", padding}});
  }
  const uint64_t dropped = DroppedLogLines();
  EXPECT_GT(dropped, kLines / 2);
  std::thread reader = Reader();
  EXPECT_TRUE(StopLog());
  Restore();
  reader.join();

  size_t seen = 0;
  int64_t said = 0;
  std::string last;
  for (const auto& line : LinesOf(text_)) {
    if (line["event"] == "line") {
      ++seen;
      last = line["n"];
    } else {
      EXPECT_EQ(line["event"], "log_lines_dropped");
      EXPECT_EQ(line["level"], "warning");
      said += line["lines"].get<int64_t>();
      EXPECT_EQ(line["total"], said);
    }
  }
  EXPECT_EQ(seen + dropped, kLines);
  EXPECT_EQ(last, std::to_string(kLines - 1));
  EXPECT_GT(said, 0);
  EXPECT_LE(said, static_cast<int64_t>(dropped));
}

TEST_F(StuckStderrTest, GivesUpWaitingForAReader) {
  StartLog(LogLevel::kInfo);
  const std::string long_text(2000, 'x');
  for (int i = 0; i < 100; ++i) Log(LogLevel::kInfo, "line", {{"text", long_text}});
  EXPECT_FALSE(StopLog());
  Reader(100).join();
  Restore();
}

TEST_F(StuckStderrTest, CountsWhatNobodyCanReadAnyMore) {
  signal(SIGPIPE, SIG_IGN);
  close(pipe_[0]);
  StartLog(LogLevel::kInfo);
  for (int i = 0; i < 10; ++i) Log(LogLevel::kInfo, "line");
  EXPECT_TRUE(StopLog());
  Restore();
  EXPECT_EQ(DroppedLogLines(), 10u);
}

TEST(ParseLogLevelTest, KnowsFiveWords) {
  LogLevel level = LogLevel::kOff;
  EXPECT_TRUE(ParseLogLevel("debug", &level));
  EXPECT_EQ(level, LogLevel::kDebug);
  for (const char* text : {"", "Debug", "trace", "warn"}) EXPECT_FALSE(ParseLogLevel(text, &level)) << text;
  EXPECT_EQ(level, LogLevel::kDebug);
}

TEST(ParseLogFormatTest, KnowsThreeWords) {
  LogFormat format = LogFormat::kJson;
  EXPECT_TRUE(ParseLogFormat("text", &format));
  EXPECT_EQ(format, LogFormat::kText);
  EXPECT_TRUE(ParseLogFormat("json", &format));
  EXPECT_EQ(format, LogFormat::kJson);
  for (const char* text : {"", "Text", "yaml"}) EXPECT_FALSE(ParseLogFormat(text, &format)) << text;
  // A test's stderr may or may not be a terminal.
  EXPECT_TRUE(ParseLogFormat("auto", &format));
  EXPECT_EQ(format, isatty(STDERR_FILENO) == 1 ? LogFormat::kText : LogFormat::kJson);
}

}  // namespace
}  // namespace blooio::gateway
