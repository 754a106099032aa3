// Tokens by time and by lease, and what happens when that changes.
#include <thread>

#include "tests/unit/ratelimit/leased.h"

namespace blooio::gateway {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

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
    gateway.now += Ms(10);
    EXPECT_EQ(gateway.Wish(), 1) << "a turn later";
    EXPECT_EQ(gateway.Decide({.leased = true}).outcome, Outcome::kRefuse) << "was held long enough";
  }
}

TEST(Supply, ThatIsEmptyIsBelievedForASecond) {
  for (const LimitKind kind : kOwnKinds) {
    Leased gateway(kind, {{24, kDay}, 2});
    EXPECT_EQ(gateway.Decide({}).outcome, Outcome::kLease);
    gateway.Wish();
    gateway.Grant(0, gateway.now + 3600 * kSecond);
    EXPECT_EQ(gateway.Decide({}).outcome, Outcome::kRefuse);
    gateway.now += kSecond;
    EXPECT_EQ(gateway.Decide({}).outcome, Outcome::kLease) << "another gateway may have given some back";
    EXPECT_EQ(gateway.Wish(), 1);
  }
}

TEST(Supply, OfAnAccountThatNobodyMayWaitForHoldsCalls) {
  RateLimits limits = OneAccount(PerSecond(100, 50), {{}}, {.max_wait = 0, .most_waiting = 0});
  Driver driver(limits);
  driver.limiter.Use(Supply::kLeased, kWhole, driver.now);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kLease);
  const auto wishes = driver.limiter.Wishes(driver.now, 10);
  ASSERT_EQ(wishes.size(), 1u);
  EXPECT_EQ(driver.Decide({.leased = true}).outcome, Outcome::kRefuse) << "it was held for long enough";
  driver.limiter.Grant(wishes[0].key, 1, 0, driver.now);
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
}

TEST(Supply, OfLeasesThatNeverCameLeavesAGatewayItsShare) {
  for (const LimitKind kind : kKinds) {
    Leased never(kind), once(kind);
    once.Decide({});
    once.Wish();
    once.Grant(1);
    for (Leased* gateway : {&never, &once}) gateway->Use(Supply::kAlone, 500);
    EXPECT_EQ(never.Left(), 25);
    EXPECT_LE(once.Left(), 1) << "the rest of the burst is others'";
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
  gateway.now += Ms(17);
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
