// A refused call that comes back when it was told is taken.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

// Calls that come at random, and come back exactly when they were told unless they
// stay away, one in ten.
class Traffic {
 public:
  Traffic(RateLimits limits, unsigned seed) : driver_(std::move(limits)), random_(seed) {}

  // So many new calls of callers 0 to 3 and methods 0 to 2.
  void Come(int calls) {
    for (int i = 0; i < calls; ++i) {
      Call call = {.caller = Any(4), .method = Any(3), .cost = Any(5) == 0 ? 2 : 1};
      // Whoever may come back for such a call would find that this one came before.
      if (due_.contains({call.caller, call.method})) call.method = ++unique_;
      driver_.Decide(call);
      RunUntil(driver_.now + Ms(Any(4) == 0 ? Any(40) : 0));
    }
  }
  void RunUntil(Instant time) {
    Note();
    while (!returns_.empty() && returns_.begin()->first <= time) {
      const auto [due, call] = *returns_.begin();
      driver_.RunUntil(due);
      Note();
      returns_.erase(returns_.begin());
      const Decision decision = driver_.Decide(call);
      ++came_back_;
      if (decision.outcome != Outcome::kStart) ++broken_;
      Note();
    }
    driver_.RunUntil(time);
    Note();
  }
  int came_back() const { return came_back_; }
  int broken() const { return broken_; }

 private:
  uint32_t Any(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
  void Note() {
    for (; seen_ < driver_.refusals.size(); ++seen_) {
      const auto& [time, call, decision, ticket] = driver_.refusals[seen_];
      if (!decision.refusal.promised) continue;
      due_.insert({call.caller, call.method});
      if (Any(10) > 0) returns_.emplace(time + decision.refusal.retry_after, call);
    }
  }

  Driver driver_;
  std::mt19937 random_;
  std::multimap<Instant, Call> returns_;
  std::set<std::pair<uint32_t, uint32_t>> due_;
  uint32_t unique_ = 10;
  size_t seen_ = 0;
  int came_back_ = 0, broken_ = 0;
};

TEST(Refusals, AreToldDifferentTimes) {
  Driver driver(OneAccount(PerSecond(50, 5), {{1}, {2}, {5}, {1}}));
  std::set<Instant> told;
  int promised = 0;
  for (int i = 0; i < 400; ++i) {
    const Decision decision = driver.Decide({.caller = static_cast<uint32_t>(i % 4), .method = 1});
    if (!decision.refusal.promised) continue;
    ++promised;
    EXPECT_EQ(decision.refusal.retry_after % kMillisecond, 0);
    EXPECT_GE(decision.refusal.retry_after, RateLimiter::kSoonest);
    told.insert(decision.refusal.retry_after);
  }
  EXPECT_GT(promised, 300);
  EXPECT_EQ(told.size(), static_cast<size_t>(promised));
}

TEST(Refusals, AreTakenWhenToldWhateverOthersDo) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int came_back = 0;
  for (int round = 0; round < (kSlow ? 30 : 300); ++round) {
    const auto some = [&random](int most) {
      return static_cast<int>(random() % static_cast<unsigned>(most)) + 1;
    };
    RateLimits limits = OneAccount(PerSecond(some(200), 1 + some(20)),
                                   {{some(9)}, {some(9), true}, {some(9)}, {1}}, {.reserve = some(300)});
    limits.callers[0].limit = PerSecond(some(50), 1 + some(5));
    limits.callers[1].methods =
        std::make_shared<std::vector<Limit>>(std::vector<Limit>{{}, PerSecond(some(20), 1 + some(3))});
    Traffic traffic(limits, random());
    traffic.Come(300);
    EXPECT_EQ(traffic.broken(), 0) << "of " << traffic.came_back() << " in round " << round;
    came_back += traffic.came_back();
  }
  EXPECT_GT(came_back, kSlow ? 300 : 3000);
}

TEST(Refusals, OfACallersLimitAreToldWhenItsTokensCome) {
  RateLimits limits = OneAccount({}, {{}});
  limits.callers[0].limit = PerSecond(1, 2);
  Driver driver(limits);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
  for (int i = 1; i <= 3; ++i) {
    const Refusal refusal = driver.Decide({}).refusal;
    EXPECT_EQ(refusal.limit, LimitKind::kCaller);
    EXPECT_EQ(refusal.retry_after, i * kSecond);
    EXPECT_TRUE(refusal.promised);
  }
  const Instant begin = driver.now;
  for (int i = 1; i <= 3; ++i) {
    driver.RunUntil(begin + i * kSecond);
    EXPECT_EQ(driver.Decide({}).outcome, Outcome::kStart);
  }
}

TEST(Refusals, WhoStaysAwayCostsNobodyAnything) {
  Driver driver(OneAccount(PerSecond(10, 2), {{}, {}}));
  const Instant begin = driver.now;
  for (int i = 0; i < 3; ++i) driver.Decide({});
  const Refusal refusal = driver.Decide({.deadline = begin + Ms(150)}).refusal;
  ASSERT_EQ(refusal.retry_after, Ms(200));
  driver.RunUntil(begin + Ms(150));
  EXPECT_EQ(driver.Decide({.caller = 1}).forecast, begin + Ms(300));
  driver.RunUntil(begin + kSecond);
  ASSERT_EQ(driver.starts.size(), 4u);
  EXPECT_EQ(driver.starts[3].time, begin + Ms(200) + 1) << "at once when its time is over";
}

TEST(Refusals, WhoComesLateGoesFirst) {
  Driver driver(OneAccount(PerSecond(10, 1), {{}, {}}, {.max_wait = Ms(300)}));
  const Instant begin = driver.now;
  driver.Decide({.caller = 1});
  for (int i = 0; i < 3; ++i) driver.Decide({.caller = 1});
  const Refusal refusal = driver.Decide({.caller = 1, .method = 3}).refusal;
  ASSERT_TRUE(refusal.promised);
  const Instant due = begin + refusal.retry_after;
  driver.RunUntil(due - Ms(50));
  for (int i = 0; i < 2; ++i) ASSERT_EQ(driver.Decide({.caller = 0}).outcome, Outcome::kWait);
  driver.RunUntil(due + Ms(20));
  EXPECT_EQ(driver.Decide({.caller = 1, .method = 3}).outcome, Outcome::kWait);
  driver.RunUntil(begin + 2 * kSecond);
  const auto starters = driver.Starters();
  EXPECT_EQ(std::vector(starters.end() - 3, starters.end()), (std::vector<uint32_t>{0, 1, 0}));
}

// As on a wire: never exactly then, and meanwhile somebody else takes the token.
TEST(Refusals, AreTakenALittleLateWhateverMaxWaitIs) {
  constexpr int kCalls = 50;
  for (const int64_t rate : {5, 20, 200}) {
    for (const int64_t max_wait : {Ms(0), Ms(50), Ms(250)}) {
      Driver driver(OneAccount(PerSecond(rate, 2), {{}, {}}, {.max_wait = max_wait}));
      const Instant begin = driver.now;
      for (int i = 0; i < kCalls; ++i) driver.Decide({.caller = 1});
      std::multimap<Instant, Call> returns;
      for (size_t seen = 0; driver.now < begin + 40 * kSecond; driver.RunUntil(driver.now + Ms(1))) {
        driver.Decide({.caller = 0});
        for (; seen < driver.refusals.size(); ++seen) {
          const auto& [time, call, decision, ticket] = driver.refusals[seen];
          if (call.caller == 1) returns.emplace(time + decision.refusal.retry_after + Ms(1), call);
        }
        for (; !returns.empty() && returns.begin()->first <= driver.now; returns.erase(returns.begin())) {
          Call call = returns.begin()->second;
          call.deadline = driver.now + 2 * kSecond;
          EXPECT_NE(driver.Decide(call).outcome, Outcome::kRefuse) << rate << " " << max_wait;
        }
      }
      EXPECT_EQ(std::ranges::count(driver.Starters(), 1u), kCalls) << rate << " " << max_wait;
    }
  }
}

TEST(Refusals, WhoComesLateWaitsForRoomAsLongAsOthers) {
  Driver driver(OneAccount(PerSecond(10, 1), {{}, {}}, {.most_in_flight = 1, .max_wait = Ms(150)}));
  driver.Decide({.caller = 0});
  driver.limiter.Finish({.caller = 0});
  const Refusal refusal = driver.Decide({.caller = 1, .deadline = driver.now}).refusal;
  ASSERT_TRUE(refusal.promised);
  driver.RunUntil(driver.now + refusal.retry_after + Ms(1));
  EXPECT_EQ(driver.Decide({.caller = 0}).outcome, Outcome::kStart) << "the only one there may be";
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kWait);
  driver.RunUntil(driver.now + Ms(151));
  ASSERT_EQ(driver.refusals.size(), 2u);
  EXPECT_EQ(driver.refusals[1].decision.refusal.shortage, Shortage::kInFlight);
}

TEST(Refusals, OfAFloodDoNotBookTheFuture) {
  Driver driver(OneAccount(PerSecond(100, 10), {{}, {}}));
  int promised = 0;
  for (int i = 0; i < 10'000; ++i) promised += driver.Decide({}).refusal.promised ? 1 : 0;
  EXPECT_EQ(promised, static_cast<int>(Promises::kMost) / 2) << "half of what there is";
  // Somebody else finds a place in the queue, and a time soon.
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kWait);
  Refusal refusal;
  while (refusal.shortage == Shortage::kNone) refusal = driver.Decide({.caller = 1}).refusal;
  EXPECT_TRUE(refusal.promised);
  EXPECT_LT(refusal.retry_after, kSecond);
}

}  // namespace
}  // namespace blooio::gateway
