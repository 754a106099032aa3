// What Blooio's own refusals do to an account.
#include "service/ratelimit/feedback.h"

#include <gtest/gtest.h>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

TEST(Feedback, CutsOncePerBurst) {
  Feedback feedback;
  feedback.Throttled(10 * kSecond, 9 * kSecond, kSecond);
  EXPECT_EQ(feedback.share(), 700);
  // They were under way when the first one came back.
  feedback.Throttled(10 * kSecond + 1, 9 * kSecond, kSecond);
  feedback.Throttled(10 * kSecond + 2, 10 * kSecond, 3 * kSecond);
  EXPECT_EQ(feedback.share(), 700);
  EXPECT_EQ(feedback.closed_until(), 13 * kSecond + 2) << "but may ask for more time";
  feedback.Throttled(14 * kSecond, 13 * kSecond + 3, kSecond);
  EXPECT_EQ(feedback.share(), 490);
}

TEST(Feedback, StaysBetweenItsFloorAndTheConfiguredRate) {
  Feedback feedback;
  Instant now = kSecond;
  for (int i = 0; i < 20; ++i, now += kSecond) feedback.Throttled(now, now - 1, 0);
  EXPECT_EQ(feedback.share(), Feedback::kFloor);
  EXPECT_EQ(feedback.next_rise(), now) << "a quiet second after the last one";
  for (int i = 1; i <= 19; ++i) {
    feedback.Rise();
    EXPECT_EQ(feedback.share(), 50 + 50 * i);
  }
  EXPECT_EQ(feedback.next_rise(), kNever);
}

// Calls of one caller that all wait as long as it takes.
Driver Patient() { return Driver(OneAccount(PerSecond(100, 10), {{}}, {.max_wait = 600 * kSecond})); }
double RateOf(Driver& driver) {
  return driver.limiter.Peek(LimitKind::kAccount, {}, driver.now).numbers.rate;
}

TEST(Feedback, ClosesTheAccountWhichOpensEmptyAndSlower) {
  Driver driver(OneAccount(PerSecond(100, 10), {{}}));
  const Instant begin = driver.now;
  driver.limiter.Throttled(0, begin, begin - 1, 5 * kSecond);
  const Refusal refusal = driver.Decide({}).refusal;
  EXPECT_EQ(refusal.limit, LimitKind::kAccount);
  EXPECT_DOUBLE_EQ(refusal.rate, 70);
  EXPECT_EQ(refusal.remaining, 0);
  EXPECT_TRUE(refusal.promised);
  EXPECT_EQ(refusal.retry_after, 5 * kSecond + Ms(17)) << "a token at seven eighths of 70 a second";
  driver.RunUntil(begin + 5 * kSecond);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kWait);
}

TEST(Feedback, ComesBackStepByStepAndIsExactOnTheWay) {
  Driver driver = Patient();
  const Instant begin = driver.now;
  driver.limiter.Throttled(0, begin, begin - 1, kSecond);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(driver.Decide({}).outcome, Outcome::kWait);
  // Opens after a second; then 70, 75, 80, … tokens a second.
  size_t started = 0;
  driver.RunUntil(begin + kSecond);
  for (int second = 0; second < 7; ++second) {
    EXPECT_DOUBLE_EQ(RateOf(driver), std::min(70 + 5 * second, 100)) << second;
    driver.RunUntil(begin + (second + 2) * kSecond);
    started += static_cast<size_t>(std::min(70 + 5 * second, 100));
    EXPECT_EQ(driver.starts.size(), started) << second;
  }
}

TEST(Feedback, RefusesThoseWhoWaitWhenTheirTimeIsOver) {
  Driver driver(OneAccount(PerSecond(10, 1), {{}}));
  const Instant begin = driver.now;
  driver.Decide({});
  driver.Decide({});
  driver.limiter.Throttled(0, begin + 1, begin, 30 * kSecond);
  driver.RunUntil(begin + kSecond);
  ASSERT_EQ(driver.refusals.size(), 1u);
  EXPECT_EQ(driver.refusals[0].time, begin + Ms(250) + 1);
  EXPECT_GE(driver.refusals[0].decision.refusal.retry_after, Ms(29'750));
}

TEST(Feedback, EndsPromisesWithoutStoppingAnybody) {
  Driver driver(OneAccount(PerSecond(100, 5), {{}, {}}));
  const Instant begin = driver.now;
  for (int i = 0; i < 300; ++i) driver.Decide({});
  driver.limiter.Throttled(0, begin + 1, begin, 0);
  for (int i = 0; i < 20; ++i) {
    driver.RunUntil(begin + Ms(100 * (i + 1)));
    driver.Decide({.caller = 1});
  }
  EXPECT_GE(std::ranges::count(driver.Starters(), 1u), 18);
}

}  // namespace
}  // namespace blooio::gateway
