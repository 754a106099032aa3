// Tokens from elsewhere: what is asked for and when, and what happens meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr LimitKind kKinds[] = {LimitKind::kAccount, LimitKind::kCaller, LimitKind::kMethod};
constexpr LimitKind kOwnKinds[] = {LimitKind::kCaller, LimitKind::kMethod};
constexpr int64_t kDay = 86'400 * kSecond;

RateLimits Only(LimitKind kind, Limit limit) {
  RateLimits limits = OneAccount(kind == LimitKind::kAccount ? limit : Limit{}, {{}});
  if (kind == LimitKind::kCaller) limits.callers[0].limit = limit;
  if (kind == LimitKind::kMethod) {
    limits.callers[0].methods = std::make_shared<std::vector<Limit>>(std::vector<Limit>{limit});
  }
  return limits;
}

// A gateway whose only limit is leased.
struct Leased : Driver {
  explicit Leased(LimitKind kind, Limit limit = PerSecond(100, 50)) : Driver(Only(kind, limit)), key{kind} {
    Use(Supply::kLeased);
  }
  void Use(Supply supply, int share = kWhole) { limiter.Use(supply, share, now); }
  // What it asks for now; 0: nothing.
  int64_t Wish() {
    const auto wishes = limiter.Wishes(now, 10);
    if (wishes.empty()) return 0;
    EXPECT_THAT(wishes, SizeIs(1));
    EXPECT_EQ(wishes[0].key, key);
    return wishes[0].tokens;
  }
  void Grant(int64_t tokens, Instant next_free = 0) {
    limiter.Grant(key, tokens, next_free, now);
    Turn();
  }
  int64_t Left() { return limiter.Peek(key.kind, {}, now).numbers.remaining; }

  LeaseKey key;
};

TEST(Supply, OfLeasesBeginsWithNone) {
  for (const LimitKind kind : kKinds) {
    Leased gateway(kind);
    EXPECT_EQ(gateway.Left(), 0);
    gateway.now += kDay;
    EXPECT_EQ(gateway.Left(), 0) << "nothing by time";
    EXPECT_EQ(gateway.Wish(), 0) << "nobody wants any";
    EXPECT_DOUBLE_EQ(gateway.limiter.Peek(kind, {}, gateway.now).numbers.rate, 100) << "of all gateways";
  }
}

TEST(Supply, IsAskedForWhatACallLacks) {
  for (const LimitKind kind : kOwnKinds) {
    Leased gateway(kind);
    EXPECT_EQ(gateway.limiter.NextWish(), kNever);
    const Decision decision = gateway.Decide({.cost = 3});
    EXPECT_EQ(decision.outcome, Outcome::kLease);
    EXPECT_EQ(gateway.limiter.Peek(LimitKind::kCaller, {}, gateway.now).numbers.in_flight, 0);
    EXPECT_LE(gateway.limiter.NextWish(), gateway.now);
    EXPECT_EQ(gateway.Wish(), 3);
    EXPECT_EQ(gateway.Wish(), 0) << "once until the answer";
    EXPECT_EQ(gateway.limiter.NextWish(), kNever);
    gateway.Grant(3);
    EXPECT_EQ(gateway.Decide({.cost = 3}).outcome, Outcome::kStart);
    EXPECT_EQ(gateway.Left(), 0);
  }
}

TEST(Supply, IsAskedForAllThatACallLacksAtOnce) {
  RateLimits limits = OneAccount(PerSecond(100, 50), {{}});
  limits.callers[0].limit = PerSecond(100, 50);
  limits.callers[0].methods = std::make_shared<std::vector<Limit>>(std::vector<Limit>{PerSecond(10, 50)});
  Driver driver(limits);
  driver.limiter.Use(Supply::kLeased, kWhole, driver.now);
  EXPECT_EQ(driver.Decide({.cost = 2}).outcome, Outcome::kLease);
  const auto one = driver.limiter.Wishes(driver.now, 1);
  const auto rest = driver.limiter.Wishes(driver.now, 10);
  EXPECT_THAT(one, SizeIs(1));
  EXPECT_THAT(rest, SizeIs(2));
  for (const auto& wishes : {one, rest}) {
    for (const LeaseWish& wish : wishes) {
      EXPECT_EQ(wish.tokens, 2);
      driver.limiter.Grant(wish.key, wish.tokens, 0, driver.now);
    }
  }
  EXPECT_EQ(driver.Decide({.cost = 2}).outcome, Outcome::kStart);
}

TEST(Supply, ThatIsKnownToBeEmptyRefusesAtOnce) {
  for (const LimitKind kind : kOwnKinds) {
    Leased gateway(kind);
    gateway.Decide({});
    ASSERT_EQ(gateway.Wish(), 1);
    gateway.Grant(0, gateway.now + Ms(70));
    const Refusal refusal = gateway.Decide({}).refusal;
    EXPECT_EQ(refusal.limit, kind);
    EXPECT_EQ(refusal.shortage, Shortage::kRate);
    EXPECT_EQ(refusal.retry_after, Ms(70));
    EXPECT_FALSE(refusal.promised);
    gateway.now += Ms(30);
    EXPECT_EQ(gateway.Wish(), 0);
    EXPECT_EQ(gateway.Decide({}).refusal.retry_after, RateLimiter::kSoonest);
    gateway.now += Ms(40);
    EXPECT_EQ(gateway.Decide({}).outcome, Outcome::kLease);
    EXPECT_EQ(gateway.Wish(), 1);
    EXPECT_EQ(gateway.Decide({.leased = true}).outcome, Outcome::kRefuse) << "was held long enough";
  }
}

TEST(Supply, OfAnAccountIsWaitedForInTheQueue) {
  Leased gateway(LimitKind::kAccount);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(gateway.Decide({.cost = 2}).outcome, Outcome::kWait);
  EXPECT_EQ(gateway.Wish(), 10);
  EXPECT_EQ(gateway.limiter.NextTurn(0, gateway.now), gateway.now + Ms(250) + 1) << "not before a grant";
  gateway.Grant(5, gateway.now + Ms(5));
  EXPECT_THAT(gateway.starts, SizeIs(2));
  EXPECT_EQ(gateway.Left(), 1);
  gateway.now += Ms(10);
  EXPECT_EQ(gateway.Wish(), 6 - 1 + 4) << "and what was spent lately";
  gateway.Grant(9);
  EXPECT_THAT(gateway.starts, SizeIs(5));
}

TEST(Supply, OfAnAccountIsForecastByWhatCameLately) {
  Leased gateway(LimitKind::kAccount);
  for (int i = 0; i < 25; ++i) {
    gateway.Decide({});
    gateway.Wish();
    gateway.Grant(1, gateway.now + Ms(20));
    gateway.RunUntil(gateway.now + Ms(40));
  }
  for (int i = 0; i < 3; ++i) gateway.Decide({});
  gateway.Wish();
  gateway.Grant(1, gateway.now + Ms(20));
  // 25 a second, and the shared bucket is empty now.
  const Decision decision = gateway.Decide({});
  ASSERT_EQ(decision.outcome, Outcome::kWait);
  const auto waiting = static_cast<double>(gateway.waiting.size());
  EXPECT_NEAR(static_cast<double>(decision.forecast - gateway.now), (waiting - 1) * 40e6 + 20e6, 8e6);
}

TEST(Supply, OfAnAccountThatBlooioClosedIsNotUsed) {
  Leased gateway(LimitKind::kAccount);
  gateway.Decide({});
  ASSERT_EQ(gateway.Wish(), 1);
  gateway.limiter.Throttled(0, gateway.now, gateway.now - 1, Ms(100));
  gateway.Grant(1);
  EXPECT_THAT(gateway.starts, IsEmpty());
  gateway.RunUntil(gateway.now + Ms(100));
  EXPECT_EQ(gateway.Wish(), 1) << "when it opens";
}

TEST(Supply, IsAskedForInSmallNumbersAheadOfTime) {
  for (const LimitKind kind : kOwnKinds) {
    Leased gateway(kind);
    gateway.Decide({.cost = 40});
    gateway.Wish();
    gateway.Grant(40);
    gateway.now += Ms(300);
    EXPECT_EQ(gateway.Wish(), 0);
    gateway.Decide({.cost = 37});
    EXPECT_EQ(gateway.Wish(), 0) << "3 of what 50 ms earn, 5, are left";
    gateway.Decide({});
    EXPECT_EQ(gateway.Wish(), 5);
    gateway.Grant(5);
    gateway.now += Ms(10) - 1;
    gateway.Decide({.cost = 7});
    EXPECT_EQ(gateway.Wish(), 0) << "not so soon again";
    gateway.now += 1;
    EXPECT_EQ(gateway.Wish(), 5);
    gateway.Grant(0);
    gateway.now += Ms(40);
    EXPECT_EQ(gateway.Wish(), 0) << "nothing was spent lately";
  }
}

TEST(Supply, OfLowRatesIsAskedForNoMoreThanCallsLack) {
  for (const LimitKind kind : kKinds) {
    Leased gateway(kind, {{1, kDay}, 100});
    for (int64_t cost : {1, 7, 50}) {
      gateway.now += Ms(10);
      gateway.Decide({.cost = cost});
      EXPECT_EQ(gateway.Wish(), cost);
      gateway.Grant(cost);
      if (kind != LimitKind::kAccount) gateway.Decide({.cost = cost});
      EXPECT_EQ(gateway.Wish(), 0);
    }
    EXPECT_THAT(gateway.starts, SizeIs(3));
  }
}

TEST(Supply, NeverOverflowsTheBucket) {
  Leased gateway(LimitKind::kCaller, PerSecond(10'000, 8));
  gateway.Decide({.cost = 3});
  gateway.Wish();
  gateway.Grant(3);
  for (int i = 0; i < 9; ++i) gateway.Decide({.cost = 4});
  gateway.now += Ms(10);
  EXPECT_EQ(gateway.Wish(), 5);
}

TEST(Supply, ThatNobodyUsesIsGivenBackAndForgotten) {
  for (const LimitKind kind : kKinds) {
    Leased gateway(kind);
    gateway.Decide({.deadline = gateway.now});
    ASSERT_EQ(gateway.Wish(), 1);
    gateway.RunUntil(gateway.now + Ms(5));
    gateway.Grant(4);
    EXPECT_EQ(gateway.limiter.NextWish(), gateway.now + kSecond);
    gateway.now += kSecond - 1;
    EXPECT_EQ(gateway.Wish(), 0);
    gateway.now += 1;
    EXPECT_EQ(gateway.Wish(), -4);
    EXPECT_EQ(gateway.Left(), 0);
    gateway.Grant(0);
    EXPECT_EQ(gateway.Wish(), 0);
    EXPECT_EQ(gateway.limiter.Leases(), 0u);
    EXPECT_EQ(gateway.limiter.NextWish(), kNever);
  }
}

TEST(Supply, KeepsNothingForMethodsThatAreNotUsed) {
  RateLimits limits = OneAccount({}, {{}});
  limits.callers[0].methods = std::make_shared<std::vector<Limit>>(10'000, PerSecond(100, 50));
  Driver driver(limits);
  driver.limiter.Use(Supply::kLeased, kWhole, driver.now);
  for (uint32_t method = 0; method < 10'000; ++method) {
    driver.Decide({.method = method});
    for (const LeaseWish& wish : driver.limiter.Wishes(driver.now, 64)) {
      driver.limiter.Grant(wish.key, std::max<int64_t>(wish.tokens, 0), 0, driver.now);
    }
    driver.Decide({.method = method});
    driver.now += Ms(10);
  }
  EXPECT_LE(driver.limiter.Leases(), 110u);
  EXPECT_LE(driver.limiter.MethodBuckets(), 400u);
}

TEST(Supply, SaysWhenItBecomesUrgent) {
  Leased gateway(LimitKind::kCaller);
  gateway.limiter.NextWish();
  EXPECT_FALSE(gateway.limiter.TakeUrgent());
  gateway.Decide({});
  EXPECT_TRUE(gateway.limiter.TakeUrgent());
  EXPECT_FALSE(gateway.limiter.TakeUrgent()) << "once";
  gateway.Decide({});
  EXPECT_FALSE(gateway.limiter.TakeUrgent()) << "not sooner";
  gateway.Wish();
  gateway.Grant(2);
  gateway.limiter.NextWish();
  gateway.Decide({.cost = 3});
  EXPECT_TRUE(gateway.limiter.TakeUrgent()) << "sooner than to give back";
}

TEST(Supply, IsAskedForAgainWhenNoAnswerComes) {
  for (const LimitKind kind : kKinds) {
    Leased gateway(kind);
    gateway.Decide({});
    EXPECT_EQ(gateway.Wish(), 1);
    gateway.limiter.ForgetWishes();
    gateway.Grant(1);
    EXPECT_EQ(gateway.Left(), 0) << "too late";
    gateway.now += Ms(10);
    EXPECT_EQ(gateway.Wish(), 1);
  }
}

TEST(Supply, IsNeitherAskedForNorGivenBackBeforeTheAnswer) {
  for (const LimitKind kind : kOwnKinds) {
    Leased gateway(kind);
    gateway.Decide({.cost = 4});
    gateway.Wish();
    gateway.Grant(4);
    gateway.Decide({.cost = 5});
    gateway.now += Ms(10);
    EXPECT_EQ(gateway.Wish(), 5);
    for (int i = 0; i < 3; ++i) {
      gateway.now += kSecond;
      EXPECT_EQ(gateway.Wish(), 0);
    }
    gateway.Grant(0);
    EXPECT_EQ(gateway.Wish(), -4);
  }
}

TEST(Lease, SaysNothingWhileItsWishIsOut) {
  const Limit limit = PerSecond(100, 50);
  Lease lease;
  lease.Lacked(5, kSecond);
  EXPECT_EQ(lease.Wish({limit, 4}, kSecond), 5);
  lease.Asked(5, kSecond);
  for (const Instant now : {kSecond, 3 * kSecond}) {
    EXPECT_EQ(lease.Wish({limit, 4}, now), 0);
    EXPECT_EQ(lease.Due({limit, 4}, now), kNever);
  }
  lease.Granted(5, 0, 3 * kSecond);
  lease.Lacked(5, 3 * kSecond);
  EXPECT_EQ(lease.Wish({limit, 4}, 3 * kSecond), 5);
}

TEST(Supply, OfLeasesPromisesNothing) {
  Leased gateway(LimitKind::kAccount);
  gateway.Decide({});
  gateway.Wish();
  gateway.Grant(0, gateway.now + kSecond);
  const Refusal refusal = gateway.Decide({}).refusal;
  EXPECT_EQ(refusal.limit, LimitKind::kAccount);
  EXPECT_FALSE(refusal.promised);
  EXPECT_GE(refusal.retry_after, kSecond);
}

TEST(Supply, OfLimitsInShadowHoldsNobody) {
  for (const LimitKind kind : kKinds) {
    Leased gateway(kind, InShadow({{1, kDay}, 10}));
    Decision decision = gateway.Decide({});
    EXPECT_EQ(decision.outcome, Outcome::kStart);
    EXPECT_EQ(decision.shadowed, 0u) << "nobody knows";
    EXPECT_EQ(gateway.Wish(), 1);
    gateway.Grant(0, gateway.now + kDay);
    decision = gateway.Decide({});
    EXPECT_EQ(decision.outcome, Outcome::kStart);
    EXPECT_TRUE(decision.Shadowed(kind));
  }
}

TEST(Supply, ByTimeGoesOnFromWhatWasLeased) {
  for (const LimitKind kind : kKinds) {
    for (const Supply supply : {Supply::kAlone, Supply::kOwn}) {
      Leased gateway(kind);
      gateway.Decide({.cost = 4, .deadline = gateway.now});
      gateway.Wish();
      gateway.RunUntil(gateway.now + 1);
      gateway.Grant(4);
      gateway.Use(supply, 250);
      EXPECT_EQ(gateway.Left(), 4);
      gateway.now += Ms(100);
      EXPECT_EQ(gateway.Left(), supply == Supply::kOwn ? 14 : 6) << "at a quarter of the rate";
      gateway.now += kDay;
      EXPECT_EQ(gateway.Left(), supply == Supply::kOwn ? 50 : 12) << "and of the burst";
      EXPECT_EQ(gateway.Wish(), 0);
      gateway.Use(Supply::kLeased);
      EXPECT_EQ(gateway.Left(), 0);
    }
  }
}

TEST(Supply, OfAGatewayAloneIsNeverLessThanACallNeeds) {
  for (const LimitKind kind : kKinds) {
    RateLimits limits = Only(kind, PerSecond(100, 50));
    for (const int64_t cost : {1, 5, 25}) {
      limits.greatest_cost = cost;
      Driver driver(limits);
      driver.limiter.Use(Supply::kAlone, 1, driver.now);
      EXPECT_EQ(driver.Decide({.cost = cost}).outcome, Outcome::kStart);
      EXPECT_EQ(driver.Decide({.cost = 1, .deadline = driver.now}).outcome, Outcome::kRefuse);
    }
    limits.greatest_cost = 1;
    Driver driver(limits);
    driver.limiter.Use(Supply::kAlone, 1, driver.now);
    limits.greatest_cost = 5;
    driver.limiter.Configure(limits, driver.now);
    driver.now += kDay;
    EXPECT_EQ(driver.Decide({.cost = 5}).outcome, Outcome::kStart);
  }
}

// A bucket of a method learns late what happened, and never has more for it.
TEST(Supply, OfMethodsFollowsWhenTheyAreLookedAt) {
  const auto left = [](Driver& driver, uint32_t method) {
    return driver.limiter.Peek(LimitKind::kMethod, {.method = method}, driver.now).numbers.remaining;
  };
  RateLimits limits = OneAccount({}, {{}});
  limits.callers[0].methods = std::make_shared<std::vector<Limit>>(4, PerSecond(10, 40));
  Driver driver(limits);
  driver.Decide({.method = 0, .cost = 35});
  driver.limiter.Use(Supply::kAlone, 500, driver.now);
  EXPECT_EQ(left(driver, 0), 5);
  EXPECT_EQ(left(driver, 1), 20) << "as full as it can be";
  driver.now += kSecond;
  EXPECT_EQ(left(driver, 0), 10);
  driver.Decide({.method = 1, .cost = 2});
  driver.limiter.Use(Supply::kOwn, kWhole, driver.now);
  EXPECT_EQ(left(driver, 0), 0) << "it has slept through the time alone";
  EXPECT_EQ(left(driver, 1), 18);
  EXPECT_EQ(left(driver, 2), 0) << "may have had less than a full one";
  driver.now += kSecond;
  for (const uint32_t method : {0, 2}) EXPECT_EQ(left(driver, method), 10);
  EXPECT_EQ(left(driver, 1), 28);
  driver.now += kDay;
  for (const uint32_t method : {0, 1, 2}) EXPECT_EQ(left(driver, method), 40);
  driver.limiter.Use(Supply::kLeased, kWhole, driver.now);
  for (const uint32_t method : {0, 1, 2}) EXPECT_EQ(left(driver, method), 0);
}

TEST(Supply, OfLeasesEndsPromises) {
  for (const LimitKind kind : kKinds) {
    Driver driver(Only(kind, PerSecond(10, 2)));
    for (int i = 0; i < 12; ++i) driver.Decide({.deadline = driver.now});
    ASSERT_TRUE(driver.refusals.back().decision.refusal.promised);
    driver.limiter.Use(Supply::kLeased, kWhole, driver.now);
    driver.limiter.Use(Supply::kOwn, kWhole, driver.now);
    driver.now += Ms(100);
    EXPECT_EQ(driver.Decide({.method = 0}).outcome, Outcome::kStart);
  }
}

TEST(Supply, OfLeasesTakesOtherLimits) {
  for (const LimitKind kind : kKinds) {
    Leased gateway(kind);
    gateway.Decide({.cost = 6, .deadline = gateway.now});
    gateway.Wish();
    gateway.RunUntil(gateway.now + 1);
    gateway.Grant(6);
    gateway.limiter.Configure(Only(kind, {{60, 60 * kSecond}, 8}), gateway.now);
    EXPECT_EQ(gateway.Left(), 6);
    gateway.limiter.Configure(Only(kind, {}), gateway.now);
    EXPECT_EQ(gateway.Decide({.cost = 7}).outcome, Outcome::kStart);
    gateway.limiter.Configure(Only(kind, PerSecond(100, 50)), gateway.now);
    EXPECT_EQ(gateway.Left(), 0) << "nobody begins with what the others may have";
  }
}

TEST(Supply, ChangesWhileOthersDecide) {
  RateLimits limits = OneAccount(PerSecond(1000, 100), {{}, {}}, {.max_wait = 0});
  for (CallerLimits& caller : limits.callers) {
    caller.limit = PerSecond(1000, 100);
    caller.methods = std::make_shared<std::vector<Limit>>(8, PerSecond(1000, 100));
  }
  RateLimiter limiter(limits);
  std::atomic<Instant> now = kSecond;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint32_t i = 0; !done; ++i) {
        const Call call = {.caller = thread, .method = i % 8};
        if (limiter.Decide(call, now += Ms(1)).outcome == Outcome::kStart) limiter.Finish(call);
        limiter.TakeUrgent();
        limiter.Advance(0, now);
      }
    });
  }
  int granted = 0;
  for (int i = 0; i < 300 || granted == 0; ++i) {
    limiter.Use(i % 3 == 2 ? Supply::kAlone : Supply::kLeased, 1 + i % 2, now);
    for (int round = 0; round < 20; ++round) {
      if (limiter.NextWish() == kNever) limiter.ForgetWishes();
      for (const LeaseWish& wish : limiter.Wishes(now, 3)) {
        limiter.Grant(wish.key, std::max<int64_t>(wish.tokens, 0), now, now);
        ++granted;
      }
    }
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace blooio::gateway
