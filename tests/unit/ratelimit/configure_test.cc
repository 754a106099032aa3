// Other limits, in the middle of everything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

constexpr LimitKind kKinds[] = {LimitKind::kAccount, LimitKind::kCaller, LimitKind::kMethod};
constexpr int64_t kDay = 86'400 * kSecond;

int64_t Left(Driver& driver, LimitKind kind) {
  return driver.limiter.Peek(kind, {}, driver.now).numbers.remaining;
}

TEST(Configure, KeepsTokensWhateverTheRate) {
  const struct {
    Limit before, after;
    int64_t spent, left;
    // Until the next token.
    int64_t earns;
  } kRows[] = {
      {PerSecond(10, 8), PerSecond(10, 8), 3, 5, Ms(100)},
      {PerSecond(10, 8), PerSecond(20, 8), 3, 5, Ms(50)},
      {PerSecond(10, 8), {{1, kDay}, 8}, 3, 5, kDay},
      {{{1, kDay}, 8}, PerSecond(10, 8), 3, 5, Ms(100)},
      {{{1, kDay}, 1'000'000}, {{1, 365 * kDay}, 1'000'000}, 999'999, 1, 365 * kDay},
      {PerSecond(10, 8), PerSecond(10, 20), 3, 5, Ms(100)},
      {PerSecond(10, 8), PerSecond(10, 4), 2, 4, 0},
      {PerSecond(10, 8), PerSecond(10, 4), 6, 2, Ms(100)},
      {{}, PerSecond(10, 4), 2, 4, 0},
  };
  for (const LimitKind kind : kKinds) {
    for (const auto& row : kRows) {
      SCOPED_TRACE(row.left);
      Driver driver(Only(kind, row.before));
      driver.Decide({.cost = row.spent});
      driver.limiter.Configure(Only(kind, row.after), driver.now);
      EXPECT_EQ(Left(driver, kind), row.left);
      // A full bucket holds up to a nanosecond's worth more, at the rate it had.
      driver.now += std::max<int64_t>(row.earns - kMillisecond, 0);
      EXPECT_EQ(Left(driver, kind), row.left);
      driver.now += kMillisecond;
      EXPECT_EQ(Left(driver, kind), row.left + (row.earns > 0 ? 1 : 0));
    }
  }
}

TEST(Configure, ChangesUnitsOfLessThanATokenToo) {
  Driver driver(Only(LimitKind::kAccount, PerSecond(10, 1)));
  driver.Decide({});
  driver.now += Ms(40);
  driver.limiter.Configure(Only(LimitKind::kAccount, {{1, 10 * kSecond}, 1}), driver.now);
  driver.now += 6 * kSecond - 100;
  EXPECT_EQ(Left(driver, LimitKind::kAccount), 0);
  driver.now += 100;
  EXPECT_EQ(Left(driver, LimitKind::kAccount), 1);
}

TEST(Configure, EndsLimitsThatAreGone) {
  for (const LimitKind kind : kKinds) {
    Driver driver(Only(kind, PerSecond(1, 2)));
    driver.Decide({.cost = 2});
    driver.limiter.Configure(Only(kind, {}), driver.now);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
    EXPECT_EQ(driver.limiter.MethodBuckets(), 0u);
    driver.limiter.Configure(Only(kind, PerSecond(1, 2)), driver.now);
    EXPECT_EQ(Left(driver, kind), 2) << "new again";
  }
}

TEST(Configure, KeepsPromises) {
  for (const LimitKind kind : kKinds) {
    Driver driver(Only(kind, PerSecond(10, 2)));
    for (int i = 0; i < 6; ++i) driver.Decide({.deadline = driver.now + Ms(10)});
    ASSERT_FALSE(driver.refusals.empty());
    // The same rate in other units, then more of it.
    driver.limiter.Configure(Only(kind, {{600, 60 * kSecond}, 2}), driver.now);
    driver.limiter.Configure(Only(kind, {{1200, 60 * kSecond}, 2}), driver.now);
    const auto told = driver.refusals;
    const Instant begin = driver.now;
    for (const auto& refusal : told) {
      ASSERT_TRUE(refusal.decision.refusal.promised);
      driver.RunUntil(begin + refusal.decision.refusal.retry_after - Ms(25));
      while (driver.Decide({.method = kind == LimitKind::kMethod ? 0U : 7U, .deadline = 0}).outcome ==
             Outcome::kStart) {
      }
      driver.RunUntil(begin + refusal.decision.refusal.retry_after);
      EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
    }
  }
}

TEST(Configure, LetsGoOfPromisesThatCannotBeKept) {
  for (const LimitKind kind : kKinds) {
    Driver driver(Only(kind, PerSecond(10, 2)));
    for (int i = 0; i < 30; ++i) driver.Decide({.deadline = driver.now + Ms(10)});
    driver.limiter.Configure(Only(kind, PerSecond(1, 2)), driver.now);
    driver.now += Ms(1100);
    EXPECT_EQ(driver.Decide({.deadline = driver.now}).outcome, Outcome::kStart)
        << "they do not hold back what will never be enough";
  }
}

TEST(Configure, MovesWhoWaits) {
  Driver driver(OneAccount(PerSecond(1, 1), {{1}, {1}}, {.max_wait = kDay}));
  const Instant begin = driver.now;
  driver.Decide({});
  for (int i = 0; i < 20; ++i) driver.Decide({.caller = 0});
  for (int i = 0; i < 20; ++i) driver.Decide({.caller = 1});
  driver.limiter.Configure(OneAccount(PerSecond(100, 1), {{1}, {4}}, {.max_wait = 0}), driver.now);
  driver.RunUntil(begin + Ms(101));
  const auto starters = driver.Starters();
  EXPECT_EQ(starters.size(), 11u) << "at the new rate";
  EXPECT_NEAR(static_cast<double>(std::ranges::count(starters, 1u)), 8, 1) << "by the new weights";
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kRefuse) << "and nobody new may wait";
  driver.limiter.Configure(OneAccount({}, {{1}, {4}}), driver.now);
  driver.RunUntil(driver.now);
  EXPECT_EQ(driver.starts.size(), 41u);
}

TEST(Configure, GivesTheReserveToWhoIsInteractiveNow) {
  Driver driver(OneAccount(PerSecond(100, 1), {{1}, {9}}, {.max_wait = kDay}));
  driver.Decide({});
  for (int i = 0; i < 50; ++i) driver.Decide({.caller = 1});
  for (int i = 0; i < 50; ++i) driver.Decide({.caller = 0});
  driver.limiter.Configure(OneAccount(PerSecond(100, 1), {{1, true}, {9}}, {.reserve = 500}), driver.now);
  driver.RunUntil(driver.now + Ms(400));
  EXPECT_NEAR(static_cast<double>(std::ranges::count(driver.Starters(), 0u)), 22, 2) << "half and a tenth";
  const auto before = std::ranges::count(driver.Starters(), 0u);
  driver.limiter.Configure(OneAccount(PerSecond(100, 1), {{1}, {9}}, {.reserve = 500}), driver.now);
  driver.RunUntil(driver.now + Ms(200));
  EXPECT_EQ(std::ranges::count(driver.Starters(), 0u) - before, 2) << "a tenth";
  driver.RunUntil(driver.now + kSecond);
  EXPECT_TRUE(driver.waiting.empty());
}

TEST(Configure, StartsWhoWaitsWhenItsLimitOnlyCounts) {
  Driver driver(OneAccount(PerSecond(1, 1), {{}}, {.max_wait = kDay}));
  for (int i = 0; i < 5; ++i) driver.Decide({});
  driver.limiter.Configure(OneAccount(InShadow(PerSecond(1, 1)), {{}}), driver.now);
  EXPECT_EQ(driver.limiter.NextTurn(0, driver.now), driver.now);
  driver.Turn();
  EXPECT_EQ(driver.starts.size(), 5u);
}

TEST(Configure, HoldsCapsAgainstWhatIsUnderWay) {
  RateLimits limits = OneAccount({}, {{}, {}}, {.most_in_flight = 4});
  limits.callers[0].most_in_flight = 4;
  Driver driver(limits);
  for (int i = 0; i < 4; ++i) driver.Decide({});
  limits.callers[0].most_in_flight = 0;
  limits.accounts[0].most_in_flight = 2;
  driver.limiter.Configure(limits, driver.now);
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kWait);
  EXPECT_FALSE(driver.limiter.Finish({}));
  EXPECT_FALSE(driver.limiter.Finish({})) << "still as many as may be";
  EXPECT_TRUE(driver.limiter.Finish({}));
  driver.RunUntil(driver.now);
  EXPECT_EQ(driver.starts.size(), 5u);
  EXPECT_FALSE(driver.limiter.Finish({})) << "nobody waits";
  limits.callers[0].most_in_flight = 1;
  driver.limiter.Configure(limits, driver.now);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart) << "its four have ended";
  EXPECT_EQ(driver.Decide({}).refusal.limit, LimitKind::kCaller);
}

TEST(Configure, RemembersWhatBlooioTaught) {
  Driver driver(OneAccount(PerSecond(100, 10), {{}}));
  driver.limiter.Throttled(0, driver.now, driver.now - 1, 5 * kSecond);
  for (const Limit& limit : {PerSecond(200, 10), Limit{}, PerSecond(200, 10)}) {
    driver.limiter.Configure(OneAccount(limit, {{}}), driver.now);
  }
  const Refusal refusal = driver.Decide({}).refusal;
  EXPECT_DOUBLE_EQ(refusal.rate, 140);
  EXPECT_GE(refusal.retry_after, 5 * kSecond) << "closed";
}

TEST(Configure, AddsAccountsAndCallers) {
  Driver driver(OneAccount(PerSecond(1, 1), {{}}));
  driver.Decide({});
  RateLimits limits = OneAccount(PerSecond(1, 1), std::vector<Share>(200));
  limits.accounts.resize(100, {.limit = PerSecond(1, 3)});
  limits.callers[199].limit = PerSecond(1, 2);
  driver.limiter.Configure(limits, driver.now);
  const Call call = {.account = 99, .caller = 199};
  for (int i = 0; i < 2; ++i) EXPECT_EQ(driver.Decide(call).outcome, Outcome::kStart);
  EXPECT_EQ(driver.Decide(call).refusal.limit, LimitKind::kCaller);
  EXPECT_EQ(driver.limiter.Peek(LimitKind::kAccount, call, driver.now).numbers.remaining, 1);
  EXPECT_EQ(Left(driver, LimitKind::kAccount), 0) << "as it was";
}

TEST(Configure, GoesOnWhileOthersDecide) {
  const auto limits = [](size_t size) {
    RateLimits some = OneAccount(PerSecond(1, 1'000'000), std::vector<Share>(size), {.max_wait = 0});
    some.accounts.resize(size, some.accounts[0]);
    const Limit method = {{1, static_cast<int64_t>(size) * kSecond}, 1'000'000};
    const auto methods = std::make_shared<std::vector<Limit>>(std::vector<Limit>(8, method));
    for (CallerLimits& caller : some.callers) caller.limit = method, caller.methods = methods;
    return some;
  };
  RateLimiter limiter(limits(1));
  std::atomic<uint32_t> known = 1;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      for (uint32_t i = 0; !done; ++i) {
        const Call call = {.account = i % known, .caller = i % known, .method = i % 8};
        EXPECT_EQ(limiter.Decide(call, 1).outcome, Outcome::kStart);
        limiter.Finish(call);
        limiter.Advance(call.account, 1);
        limiter.Peek(LimitKind::kMethod, call, 1);
      }
    });
  }
  for (uint32_t size = 2; size < 150; ++size) {
    limiter.Configure(limits(size), 1);
    known = size;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace blooio::gateway
