// What a gateway asks shared buckets for, and when.
#include "tests/unit/ratelimit/leased.h"

namespace blooio::gateway {
namespace {

using ::testing::SizeIs;

TEST(Wishes, IsAskedForWhatACallLacks) {
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

TEST(Wishes, IsAskedForAllThatACallLacksAtOnce) {
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

TEST(Wishes, IsAskedForInSmallNumbersAheadOfTime) {
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

TEST(Wishes, OfLowRatesIsAskedForNoMoreThanCallsLack) {
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

TEST(Wishes, NeverOverflowsTheBucket) {
  Leased gateway(LimitKind::kCaller, PerSecond(10'000, 8));
  gateway.Decide({.cost = 3});
  gateway.Wish();
  gateway.Grant(3);
  for (int i = 0; i < 9; ++i) gateway.Decide({.cost = 4});
  gateway.now += Ms(10);
  EXPECT_EQ(gateway.Wish(), 5);
}

TEST(Wishes, ThatNobodyUsesIsGivenBackAndForgotten) {
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

TEST(Wishes, KeepsNothingForMethodsThatAreNotUsed) {
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

TEST(Wishes, SaysWhenItBecomesUrgent) {
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

TEST(Wishes, IsAskedForAgainWhenNoAnswerComes) {
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

TEST(Wishes, IsNeitherAskedForNorGivenBackBeforeTheAnswer) {
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

TEST(Wishes, SaysNothingWhileItsWishIsOut) {
  const Limit limit = PerSecond(100, 50);
  Lease lease;
  lease.Lacked(5, kSecond);
  EXPECT_EQ(lease.Wish({limit, 4}, kSecond), 5);
  lease.Asked(5, kSecond);
  for (const Instant now : {kSecond, 3 * kSecond}) {
    EXPECT_EQ(lease.Wish({limit, 4}, now), 0);
    EXPECT_EQ(lease.Due({limit, 4}, now), kNever);
  }
  lease.Granted(5, 0, limit, 0, 3 * kSecond);
  lease.Lacked(5, 3 * kSecond);
  EXPECT_EQ(lease.Wish({limit, 4}, 3 * kSecond), 5);
}

}  // namespace
}  // namespace blooio::gateway
