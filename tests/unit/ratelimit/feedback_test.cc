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

// Lets whole quiet seconds pass.
void Quiet(Feedback& feedback, Instant until) {
  while (feedback.next_rise() <= until) feedback.Rise();
}

TEST(Feedback, CutsToWhatWasLetThroughIfThatIsMore) {
  const struct {
    int64_t open, asked;
    int cut;
  } kRows[] = {
      {1, kSecond, 490},                      // 0.7 x 700
      {2 * kSecond, kSecond, 522},            // 0.7 x 746
      {Ms(2500), kSecond, 532},               // 2.5 / 3.5 x 746
      {10 * kSecond, kSecond, 799},           // 10 / 11 x 879
      {10 * kSecond, 0, 799},                 // never less than a second
      {30 * kSecond, kSecond, 958},           // 30 / 31 x 990
      {30 * kSecond, 10 * kSecond, 742},      // 30 / 40 x 990
      {60 * kSecond, kSecond, 983},           // 60 / 61 x 1000
      {30 * 86'400 * kSecond, kSecond, 983},  // never more than a minute
      {60 * kSecond, 86'400 * kSecond, 700},  // never less than 0.7
  };
  for (const auto& row : kRows) {
    Feedback feedback;
    feedback.Throttled(10 * kSecond, 9 * kSecond, kSecond);
    ASSERT_EQ(feedback.share(), 700) << "whatever there was before the first one";
    const Instant started = 11 * kSecond + row.open;
    Quiet(feedback, started);
    feedback.Throttled(started, started, row.asked);
    EXPECT_EQ(feedback.share(), row.cut) << row.open << " ns, " << row.asked;
  }
}

TEST(Feedback, ComesBackToThePeakInAMinuteAndThenGoesBeyond) {
  const struct {
    int quiet, share;
  } kRows[] = {{0, 490},  {1, 506},  {2, 522},  {5, 564},   {10, 615},  {20, 672},  {30, 693},  {45, 699},
               {60, 700}, {75, 700}, {90, 706}, {105, 749}, {120, 910}, {124, 989}, {125, 1000}};
  Feedback feedback;
  for (int i = 0; i < 2; ++i) feedback.Throttled((10 + i) * kSecond, (10 + i) * kSecond, kSecond);
  const Instant opens = 12 * kSecond;
  for (const auto& row : kRows) {
    Quiet(feedback, opens + (row.quiet + 1) * kSecond - 1);
    EXPECT_EQ(feedback.share(), row.share) << row.quiet;
  }
  EXPECT_EQ(feedback.next_rise(), kNever);
}

TEST(Feedback, StaysBetweenItsFloorAndTheConfiguredRate) {
  Feedback feedback;
  Instant now = kSecond;
  for (int i = 0; i < 20; ++i, now += kSecond) feedback.Throttled(now, now - 1, 0);
  EXPECT_EQ(feedback.share(), Feedback::kFloor);
  EXPECT_EQ(feedback.next_rise(), now) << "a quiet second after the last one";
  const Instant opened = feedback.closed_until();
  int before = 0;
  for (int i = 0; i < 1000 && feedback.next_rise() != kNever; ++i, before = feedback.share()) {
    now = feedback.next_rise();
    feedback.Rise();
    ASSERT_GE(feedback.share(), std::max(before, Feedback::kFloor));
  }
  EXPECT_EQ(feedback.share(), kWhole);
  EXPECT_EQ(now - opened, 198 * kSecond) << "all the way";
}

TEST(Feedback, BeginsToComeBackWhenItOpens) {
  Feedback feedback;
  feedback.Throttled(10 * kSecond, 9 * kSecond, kSecond);
  Quiet(feedback, 20 * kSecond);
  EXPECT_EQ(feedback.share(), 866);
  // A straggler of the first burst.
  feedback.Throttled(20 * kSecond, 9 * kSecond, 5 * kSecond);
  EXPECT_EQ(feedback.share(), 700);
  EXPECT_EQ(feedback.next_rise(), 26 * kSecond);
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
  // Opens after a second; so many thousandths of 100 tokens in each that follows.
  int earned = 0;
  driver.RunUntil(begin + kSecond);
  Instant second = begin + kSecond;
  for (const int share : {700, 724, 746, 767, 787, 805, 822, 838}) {
    EXPECT_DOUBLE_EQ(RateOf(driver), share / 10.0);
    driver.RunUntil(second += kSecond);
    earned += share;
    EXPECT_EQ(driver.starts.size(), static_cast<size_t>(earned / 10)) << share;
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
