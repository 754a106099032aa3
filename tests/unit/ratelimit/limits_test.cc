// Which limit says no, to what, and what is charged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

constexpr LimitKind kKinds[] = {LimitKind::kAccount, LimitKind::kCaller, LimitKind::kMethod};

std::shared_ptr<const std::vector<Limit>> Methods(std::vector<Limit> limits) {
  return std::make_shared<std::vector<Limit>>(std::move(limits));
}

// An account, a caller and a method (0) with so many tokens each, that never come
// back within a test.
RateLimits Tokens(int64_t account, int64_t caller, int64_t method) {
  const auto limit = [](int64_t tokens) { return Limit{{1, 86'400 * kSecond}, tokens}; };
  RateLimits limits = OneAccount(limit(account), {{}, {}});
  limits.callers[0].limit = limit(caller);
  limits.callers[0].methods = Methods({limit(method)});
  return limits;
}
int64_t Left(Driver& driver, LimitKind kind) {
  return driver.limiter.Peek(kind, {}, driver.now).numbers.remaining;
}

TEST(Limits, TheOneThatBitIsNamedWithItsNumbers) {
  const struct {
    RateLimits limits;
    LimitKind named;
    int64_t burst;
  } kRows[] = {
      {Tokens(3, 5, 9), LimitKind::kAccount, 3},
      {Tokens(9, 4, 5), LimitKind::kCaller, 4},
      {Tokens(9, 8, 2), LimitKind::kMethod, 2},
  };
  for (const auto& row : kRows) {
    Driver driver(row.limits);
    for (int64_t i = 0; i < row.burst; ++i) ASSERT_EQ(driver.Decide({}).outcome, Outcome::kStart);
    const Decision decision = driver.Decide({});
    ASSERT_EQ(decision.outcome, Outcome::kRefuse);
    EXPECT_EQ(decision.refusal.limit, row.named);
    EXPECT_EQ(decision.refusal.shortage, Shortage::kRate);
    EXPECT_EQ(decision.refusal.burst, row.burst);
    EXPECT_EQ(decision.refusal.remaining, 0);
    EXPECT_DOUBLE_EQ(decision.refusal.rate, 1.0 / 86'400);
    EXPECT_FALSE(decision.refusal.promised) << "a day is too far ahead";
    EXPECT_GE(decision.refusal.retry_after, 86'400 * kSecond);
  }
}

TEST(Limits, AllAreChargedOrNone) {
  for (const RateLimits& limits : {Tokens(2, 9, 9), Tokens(9, 2, 9), Tokens(9, 9, 2)}) {
    Driver driver(limits);
    EXPECT_EQ(driver.Decide({.cost = 3}).outcome, Outcome::kRefuse);
    EXPECT_EQ(Left(driver, LimitKind::kAccount) + Left(driver, LimitKind::kCaller) +
                  Left(driver, LimitKind::kMethod),
              20);
    EXPECT_EQ(driver.Decide({.cost = 2}).outcome, Outcome::kStart);
    EXPECT_EQ(Left(driver, LimitKind::kAccount) + Left(driver, LimitKind::kCaller) +
                  Left(driver, LimitKind::kMethod),
              14);
  }
}

TEST(Limits, AnotherMethodOrCallerHasItsOwn) {
  Driver driver(Tokens(9, 5, 1));
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kRefuse);
  EXPECT_EQ(driver.Decide({.method = 1}).outcome, Outcome::kStart);
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kStart);
  EXPECT_EQ(Left(driver, LimitKind::kCaller), 3);
}

TEST(Limits, ARetryChargesTheAccountAlone) {
  Driver driver(Tokens(9, 1, 1));
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
  EXPECT_EQ(driver.Decide({.again = true}).outcome, Outcome::kStart);
  EXPECT_EQ(Left(driver, LimitKind::kAccount), 7);
  EXPECT_EQ(driver.limiter.Peek(LimitKind::kAccount, {}, driver.now).numbers.in_flight, 1);
}

TEST(Limits, InShadowCountAndLetPass) {
  for (const LimitKind kind : kKinds) {
    RateLimits limits = Tokens(kind == LimitKind::kAccount ? 1 : 9, kind == LimitKind::kCaller ? 1 : 9,
                               kind == LimitKind::kMethod ? 1 : 9);
    if (kind == LimitKind::kAccount) limits.accounts[0].limit.shadow = true;
    if (kind == LimitKind::kCaller) limits.callers[0].limit.shadow = true;
    if (kind == LimitKind::kMethod)
      limits.callers[0].methods = Methods({InShadow((*limits.callers[0].methods)[0])});
    Driver driver(limits);
    EXPECT_EQ(driver.Decide({}).shadowed, 0u);
    for (int i = 0; i < 3; ++i) {
      const Decision decision = driver.Decide({});
      EXPECT_EQ(decision.outcome, Outcome::kStart);
      for (const LimitKind other : kKinds) EXPECT_EQ(decision.Shadowed(other), other == kind);
    }
    for (const LimitKind other : kKinds) EXPECT_EQ(Left(driver, other), other == kind ? 0 : 5);
    const LimitKind counts = kind == LimitKind::kMethod ? LimitKind::kCaller : kind;
    EXPECT_EQ(driver.limiter.Peek(counts, {}, driver.now).shadowed, 3u);
  }
}

TEST(Limits, GiveBackOnlyWhatABucketCouldNotEarnAgain) {
  RateLimits limits = OneAccount({}, {{}}, {.most_in_flight = 1});
  limits.callers[0].limit = PerSecond(100, 2);
  Driver driver(limits);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
  const Decision early = driver.Decide({});
  EXPECT_EQ(early.outcome, Outcome::kWait);
  EXPECT_EQ(Left(driver, LimitKind::kCaller), 0);
  driver.now += Ms(9);
  EXPECT_TRUE(driver.Cancel(early.ticket));
  EXPECT_EQ(Left(driver, LimitKind::kCaller), 1) << "as if it had never come";

  driver.now += Ms(11);
  const Decision late = driver.Decide({});
  EXPECT_EQ(late.outcome, Outcome::kWait);
  driver.now += Ms(10);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kWait);
  EXPECT_EQ(Left(driver, LimitKind::kCaller), 1);
  EXPECT_TRUE(driver.Cancel(late.ticket));
  EXPECT_EQ(Left(driver, LimitKind::kCaller), 1) << "it was full in between";
}

// While a call was charged that then went away, the bucket earned what it would have lost to its brim.
TEST(Limits, GiveBackNothingThatWasEarnedMeanwhile) {
  RateLimits limits = OneAccount({}, {{}, {}}, {.most_in_flight = 1});
  limits.callers[0].limit = PerSecond(100, 2);
  Driver driver(limits);
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kStart);
  const Decision gone = driver.Decide({});
  EXPECT_EQ(gone.outcome, Outcome::kWait);
  driver.now += Ms(9);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kWait);
  EXPECT_TRUE(driver.Cancel(gone.ticket));
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kWait);
  driver.now += Ms(1);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kRefuse) << "three in a millisecond";
}

// What it earned meanwhile it may have been charged for on another account, which has a clock of its own.
TEST(Limits, GiveBackNothingThatWasSpentOnAnotherAccount) {
  constexpr int kBurst = 10;
  RateLimits limits = OneAccount({}, {{}, {}}, {.most_in_flight = 1, .max_wait = 60 * kSecond});
  limits.accounts.push_back({});
  limits.callers[0].limit = PerSecond(100, kBurst);
  Driver driver(limits);
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kStart);
  std::vector<uint64_t> waiting;
  for (int i = 0; i < kBurst; ++i) {
    const Decision decision = driver.Decide({.deadline = driver.now + 60 * kSecond});
    ASSERT_EQ(decision.outcome, Outcome::kWait);
    waiting.push_back(decision.ticket);
  }
  driver.now += kSecond;
  const auto start = [&] { return driver.Decide({.account = 1}).outcome; };
  for (int i = 0; i < kBurst; ++i) EXPECT_EQ(start(), Outcome::kStart);
  for (const uint64_t ticket : waiting) EXPECT_TRUE(driver.Cancel(ticket));
  EXPECT_EQ(start(), Outcome::kRefuse) << "more than the burst at one instant";
}

TEST(Limits, OfCallsUnderWayHoldWhateverTheRatesShadow) {
  for (const bool of_account : {true, false}) {
    RateLimits limits = OneAccount(InShadow(PerSecond(1, 1)), {{}}, {.most_in_flight = of_account ? 2 : 0});
    limits.callers[0].limit = InShadow(PerSecond(1, 1));
    limits.callers[0].most_in_flight = of_account ? 0 : 2;
    Driver driver(limits);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
    EXPECT_EQ(driver.Decide({}).outcome, of_account ? Outcome::kWait : Outcome::kRefuse);
    driver.limiter.Finish({});
    driver.RunUntil(driver.now);
    if (!of_account) driver.Decide({});
    EXPECT_EQ(driver.starts.size(), 3u);
  }
}

TEST(Limits, CapCallsUnderWay) {
  RateLimits limits = OneAccount({}, {{}, {}}, {.most_in_flight = 3});
  limits.callers[0].most_in_flight = 2;
  Driver driver(limits);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
  const Refusal refusal = driver.Decide({}).refusal;
  EXPECT_EQ(refusal.limit, LimitKind::kCaller);
  EXPECT_EQ(refusal.shortage, Shortage::kInFlight);
  EXPECT_EQ(refusal.in_flight, 2);
  EXPECT_EQ(refusal.most_in_flight, 2);
  EXPECT_FALSE(refusal.promised);
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kStart);
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kWait) << "the account's";
  EXPECT_EQ(driver.Decide({.again = true}).outcome, Outcome::kStart) << "is under way already";
  driver.limiter.Finish({});
  driver.RunUntil(driver.now);
  EXPECT_EQ(driver.Starters(), (std::vector<uint32_t>{0, 0, 1, 0, 1}));
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kWait) << "one of its two has ended";
  const Instant begin = driver.now;
  driver.RunUntil(begin + kSecond);
  ASSERT_EQ(driver.refusals.size(), 2u);
  EXPECT_EQ(driver.refusals[1].time, begin + Ms(250) + 1);
  EXPECT_EQ(driver.refusals[1].decision.refusal.shortage, Shortage::kInFlight);
}

TEST(Limits, WithoutAnyEverythingPasses) {
  Driver driver(OneAccount({}, {{}}));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(driver.Decide({}).outcome, Outcome::kStart);
  EXPECT_EQ(driver.limiter.NextTurn(0, driver.now), kNever);
}

TEST(Limits, CanBePeekedAtForNothing) {
  RateLimits limits = OneAccount(PerSecond(10, 2), {{}, {}});
  limits.callers[0].limit = PerSecond(5, 4);
  Driver driver(limits);
  for (int i = 0; i < 4; ++i) driver.Decide({});
  for (int i = 0; i < 2; ++i) {
    const LimitState account = driver.limiter.Peek(LimitKind::kAccount, {.caller = 1}, driver.now);
    EXPECT_EQ(account.numbers.remaining, 0);
    EXPECT_DOUBLE_EQ(account.numbers.rate, 10);
    EXPECT_EQ(account.waiting, 2u);
    EXPECT_EQ(account.next_free, driver.now + Ms(100)) << "before the second call of the other one";
    EXPECT_EQ(account.numbers.in_flight, 2);
    const LimitState caller = driver.limiter.Peek(LimitKind::kCaller, {}, driver.now);
    EXPECT_EQ(caller.waiting, 2u);
    EXPECT_EQ(caller.numbers.burst, 4);
    EXPECT_EQ(caller.next_free, driver.now + Ms(200));
    EXPECT_EQ(driver.limiter.Peek(LimitKind::kCaller, {.caller = 1}, driver.now).waiting, 0u);
  }
}

TEST(Limits, KeepBucketsOnlyWhileTheyAreNotFull) {
  RateLimits limits = OneAccount({}, {{}});
  limits.callers[0].methods = Methods(std::vector<Limit>(100'000, PerSecond(10, 1)));
  Driver driver(limits);
  for (uint32_t method = 0; method < 100'000; ++method) {
    driver.Decide({.method = method});
    if (method % 100 == 99) driver.now += Ms(10);
  }
  // 1,000 calls each tenth of a second, which is how long a bucket takes to fill.
  EXPECT_LE(driver.limiter.MethodBuckets(), 4000u);
  EXPECT_EQ(driver.Decide({.method = 99'999}).outcome, Outcome::kRefuse);
  // Nor does it take new ones to get rid of the old.
  for (int i = 0; i < 10'000; ++i) {
    driver.now += Ms(100);
    driver.Decide({});
  }
  EXPECT_EQ(driver.limiter.MethodBuckets(), 1u);
}

TEST(Limits, HoldFromManyThreads) {
  RateLimits limits = OneAccount(PerSecond(1, 1000), {{}, {}, {}, {}}, {.max_wait = 0});
  for (CallerLimits& caller : limits.callers) caller.limit = PerSecond(1, 300);
  RateLimiter limiter(limits);
  std::atomic<int> started = 0;
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint32_t i = 0; i < 4000; ++i) {
        const Call call = {.caller = (thread + i) % 4, .method = i};
        if (limiter.Decide(call, 1).outcome != Outcome::kStart) continue;
        ++started;
        limiter.Finish(call);
        limiter.Advance(0, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(started, 1000);
  EXPECT_EQ(limiter.Peek(LimitKind::kAccount, {}, 1).numbers.in_flight, 0);
}

}  // namespace
}  // namespace blooio::gateway
