#include "service/telemetry/line_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "service/telemetry/log.h"
#include "tests/unit/identity/manual_clock.h"

namespace blooio::gateway {
namespace {

using ::testing::HasSubstr;

class LineBudgetTest : public ::testing::Test {
 protected:
  // How many of `lines` may be written.
  int Take(int lines) {
    int taken = 0;
    for (int i = 0; i < lines; ++i) taken += budget_.Take() ? 1 : 0;
    return taken;
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  LineBudget budget_{"unknown_caller", 5, clock_};
};

TEST_F(LineBudgetTest, IsSpentEachSecondAnew) {
  EXPECT_EQ(Take(4), 4);
  EXPECT_EQ(budget_.left_out(), 0u);
  EXPECT_EQ(Take(10), 1);
  EXPECT_EQ(budget_.left_out(), 9u);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Take(7), 5);
  EXPECT_EQ(budget_.left_out(), 11u);
}

TEST_F(LineBudgetTest, OutlivesAClockThatIsSetBack) {
  EXPECT_EQ(Take(7), 5);
  clock_.Advance(absl::Hours(-1));
  EXPECT_EQ(Take(7), 5);
}

TEST_F(LineBudgetTest, SaysOnceWhatWasLeftOut) {
  ::testing::internal::CaptureStderr();
  StartLog(LogLevel::kInfo);
  Take(5);
  budget_.SayWhatWasLeftOut();
  Take(3);
  budget_.SayWhatWasLeftOut();
  budget_.SayWhatWasLeftOut();
  Take(1);
  budget_.SayWhatWasLeftOut();
  StopLog();
  const std::string lines = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2) << lines;
  const std::string said = R"("event":"log_lines_left_out","kind":"unknown_caller",)";
  EXPECT_THAT(lines, HasSubstr(said + R"("lines":"3","total":"3")"));
  EXPECT_THAT(lines, HasSubstr(said + R"("lines":"1","total":"4")"));
}

}  // namespace
}  // namespace blooio::gateway
