// Over any window, whatever arrives when, no more than burst + rate x window.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

// Starts of calls and what they cost.
using Log = std::vector<std::pair<Instant, int64_t>>;

// Whether a window from one start to another holds more than it may. Windows are
// whole nanoseconds, both ends in. Costs to the k-th, less what was earned by then,
// must never be more than burst above their least before it.
bool Keeps(const Log& log, const Limit& limit) {
  const Units token = limit.rate.period;
  Units costs = 0;
  Units least = kNever * Units{1'000'000};
  for (const auto& [time, cost] : log) {
    const Units earned = static_cast<Units>(limit.rate.tokens) * time;
    least = std::min(least, costs * token - earned);
    costs += cost;
    if (costs * token - earned - least > limit.burst * token + limit.rate.tokens) return false;
  }
  return true;
}

TEST(Window, IsCheckedAgainstEveryPairOfStarts) {
  const Limit limit = PerSecond(10, 2);
  EXPECT_TRUE(Keeps({{0, 2}, {Ms(100), 1}, {Ms(200), 1}}, limit));
  EXPECT_FALSE(Keeps({{0, 2}, {Ms(100) - 2, 1}}, limit));
  EXPECT_FALSE(Keeps({{0, 2}, {Ms(100), 1}, {Ms(900), 3}}, limit));
  EXPECT_TRUE(Keeps({{0, 1}, {kSecond, 2}, {kSecond + Ms(100), 1}}, limit));
}

struct Pattern {
  RateLimits limits;
  Log account, caller, method;
};

// One random configuration, and calls that come in bursts and lulls, wait, go away,
// come back and are throttled.
Pattern Play(std::mt19937& random) {
  const auto some = [&random](int64_t most) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(most)) + 1;
  };
  const auto limit = [&] {
    const int64_t periods[] = {kSecond, 7 * kMillisecond, 86'400 * kSecond, kSecond / 3};
    return Limit{{some(1000), periods[random() % 4]}, some(20)};
  };
  Pattern pattern;
  pattern.limits = OneAccount(limit(), {{static_cast<int>(some(9))}, {static_cast<int>(some(9)), true}, {}},
                              {.max_wait = Ms(some(400)),
                               .most_waiting = static_cast<size_t>(some(30)),
                               .reserve = static_cast<int>(some(500))});
  pattern.limits.callers[0].limit = limit();
  pattern.limits.callers[0].methods = std::make_shared<std::vector<Limit>>(std::vector<Limit>{limit()});
  Driver driver(pattern.limits);
  std::vector<Driver::Event> taken;
  std::set<uint64_t> cancelled;
  const int64_t step = some(Ms(20));
  for (int i = 0; i < 60; ++i) {
    const Call call = {.caller = static_cast<uint32_t>(random() % 3),
                       .method = static_cast<uint32_t>(random() % 2),
                       .cost = random() % 8 == 0 ? some(3) : 1,
                       .deadline = driver.now + Ms(some(500)),
                       .again = random() % 16 == 0};
    const Decision decision = driver.Decide(call);
    // Its caller's own limits are charged when it is taken, even if it goes away later.
    if (decision.outcome != Outcome::kRefuse && call.caller == 0 && !call.again) {
      taken.push_back({driver.now, call, decision});
    }
    if (decision.outcome == Outcome::kWait && random() % 4 == 0) {
      driver.Cancel(decision.ticket);
      cancelled.insert(decision.ticket);
    }
    if (random() % 50 == 0) driver.limiter.Throttled(0, driver.now, driver.now - some(Ms(100)), some(Ms(50)));
    if (random() % 3 == 0) driver.RunUntil(driver.now + some(step));
    if (random() % 40 == 0) driver.RunUntil(driver.now + some(2 * kSecond));
  }
  std::set<uint64_t> never_started = cancelled;
  for (const auto& refusal : driver.refusals) never_started.insert(refusal.ticket);
  for (const auto& [time, call, decision, ticket] : taken) {
    if (decision.outcome == Outcome::kWait && never_started.contains(decision.ticket)) continue;
    pattern.caller.emplace_back(time, call.cost);
    if (call.method == 0) pattern.method.emplace_back(time, call.cost);
  }
  for (const auto& start : driver.starts) pattern.account.emplace_back(start.time, start.call.cost);
  return pattern;
}

TEST(Window, HoldsNoMoreThanItMayForTenThousandPatterns) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(seed);
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  size_t started = 0;
  for (int i = 0; i < (kSlow ? 1'000 : 10'000); ++i) {
    const Pattern pattern = Play(random);
    ASSERT_TRUE(Keeps(pattern.account, pattern.limits.accounts[0].limit)) << "account, pattern " << i;
    ASSERT_TRUE(Keeps(pattern.caller, pattern.limits.callers[0].limit)) << "caller, pattern " << i;
    ASSERT_TRUE(Keeps(pattern.method, (*pattern.limits.callers[0].methods)[0])) << "method, pattern " << i;
    started += pattern.account.size();
  }
  EXPECT_GT(started, kSlow ? 10'000u : 100'000u);
}

// The plainest token bucket there is, asked only for what it has.
TEST(Window, HoldsAsMuchAsAPlainTokenBucketAllows) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const int64_t rate = static_cast<int64_t>(random() % 500) + 1;
    const int64_t burst = static_cast<int64_t>(random() % 20) + 1;
    Driver driver(OneAccount(PerSecond(rate, burst), {{}}));
    // In billionths of a token; brimful by less than a nanosecond's worth.
    const int64_t most = burst * kSecond + rate - 1;
    int64_t stock = most;
    for (int i = 0; i < 500; ++i) {
      const auto pause = static_cast<int64_t>(random() % 20'000'000);
      driver.now += pause;
      stock = std::min(stock + pause * rate, most);
      ASSERT_EQ(driver.limiter.Peek(LimitKind::kAccount, {}, driver.now).numbers.remaining, stock / kSecond);
      if (stock < kSecond) continue;
      ASSERT_EQ(driver.Decide({}).outcome, Outcome::kStart);
      stock -= kSecond;
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
