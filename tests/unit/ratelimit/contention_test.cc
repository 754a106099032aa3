#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

using ::testing::ElementsAre;

TEST(Contention, BurstsStartAtOnceAndTheRestWhenTheirTokenComes) {
  Driver driver(OneAccount(PerSecond(10, 3), {{}}));
  const Instant begin = driver.now;
  for (int i = 0; i < 5; ++i) driver.Decide({});
  EXPECT_EQ(driver.starts.size(), 3u);
  driver.RunUntil(begin + kSecond);
  EXPECT_THAT(driver.StartTimes(), ElementsAre(begin, begin, begin, begin + Ms(100), begin + Ms(200)));
}

TEST(Contention, ForecastsAreWhenCallsStart) {
  Driver driver(OneAccount(PerSecond(100, 1), {{1}, {2}, {5}}));
  driver.Decide({});
  std::map<uint64_t, Instant> forecasts;
  for (int i = 0; i < 9; ++i) {
    const Decision decision = driver.Decide({.caller = 2});
    forecasts[decision.ticket] = decision.forecast;
  }
  Instant before = driver.now;
  for (const auto& [ticket, forecast] : forecasts) {
    EXPECT_EQ(forecast - before, Ms(10));
    before = forecast;
  }
  // Tags 0 and 1/2; those of the others are 0, 1/5, 2/5, …
  EXPECT_EQ(driver.Decide({.caller = 1}).forecast, driver.now + Ms(10));
  EXPECT_EQ(driver.Decide({.caller = 1}).forecast, driver.now + Ms(50));
}

// Callers that always have calls waiting, for `time`.
std::vector<int64_t> Served(Driver& driver, int64_t time, const std::vector<uint32_t>& callers) {
  std::vector<int64_t> served(callers.size());
  const Instant end = driver.now + time;
  while (driver.now < end) {
    for (const uint32_t caller : callers) {
      while (driver.Decide({.caller = caller}).outcome != Outcome::kRefuse) continue;
    }
    driver.RunUntil(driver.now + Ms(20));
  }
  for (const auto& start : driver.starts) {
    for (size_t i = 0; i < callers.size(); ++i) served[i] += callers[i] == start.call.caller ? 1 : 0;
  }
  return served;
}

TEST(Contention, IsSharedByWeight) {
  Driver driver(OneAccount(PerSecond(400, 10), {{1}, {2}, {5}}));
  const auto served = Served(driver, 30 * kSecond, {0, 1, 2});
  const double whole = static_cast<double>(driver.starts.size());
  EXPECT_NEAR(static_cast<double>(served[0]) / whole, 1.0 / 8, 0.02 / 8);
  EXPECT_NEAR(static_cast<double>(served[1]) / whole, 2.0 / 8, 0.04 / 8);
  EXPECT_NEAR(static_cast<double>(served[2]) / whole, 5.0 / 8, 0.10 / 8);
  EXPECT_NEAR(whole, 400 * 30 + 10, 0.01 * 400 * 30) << "and nothing is wasted";
}

TEST(Contention, UnusedSharesGoToTheOthers) {
  Driver driver(OneAccount(PerSecond(400, 10), {{1}, {2}, {5}}));
  const auto served = Served(driver, 10 * kSecond, {0, 1});
  EXPECT_NEAR(static_cast<double>(served[1]) / static_cast<double>(served[0]), 2, 0.04);
  EXPECT_NEAR(static_cast<double>(driver.starts.size()), 400 * 10 + 10, 0.01 * 4000);
}

TEST(Contention, TheReserveIsForInteractiveCallersOnTopOfTheirWeight) {
  Driver driver(OneAccount(PerSecond(400, 10), {{1, true}, {9}}, {.reserve = 200}));
  const auto served = Served(driver, 30 * kSecond, {0, 1});
  EXPECT_NEAR(static_cast<double>(served[0]) / static_cast<double>(driver.starts.size()), 0.28, 0.28 * 0.02);
}

TEST(Contention, TheReserveIsNotKeptFromOthersWhileNobodyInteractiveWants) {
  Driver driver(OneAccount(PerSecond(400, 10), {{1, true}, {9}}, {.reserve = 200}));
  Served(driver, 10 * kSecond, {1});
  EXPECT_NEAR(static_cast<double>(driver.starts.size()), 400 * 10 + 10, 0.01 * 4000);
}

TEST(Contention, AnInteractiveCallerIsNext) {
  Driver driver(OneAccount(PerSecond(100, 1), {{1, true}, {9}}, {.reserve = 100}));
  driver.Decide({.caller = 0});  // By its weight it would come after nine of the other's.
  for (int i = 0; i < 10; ++i) driver.Decide({.caller = 1});
  const Decision decision = driver.Decide({.caller = 0});
  EXPECT_EQ(decision.forecast, driver.now + Ms(10));
  driver.RunUntil(driver.now + Ms(10));
  EXPECT_THAT(driver.Starters(), ElementsAre(0, 0));
}

TEST(Contention, NobodyOvertakes) {
  Driver driver(OneAccount(PerSecond(100, 1), {{}}));
  driver.Decide({});
  const Decision first = driver.Decide({});
  driver.now += Ms(15);  // The token is there, its owner has not been told yet.
  EXPECT_EQ(driver.Decide({}).outcome, Outcome::kWait);
  driver.Turn();
  EXPECT_EQ(driver.starts.size(), 2u);
  EXPECT_FALSE(driver.waiting.contains(first.ticket));
}

TEST(Contention, WhoGoesAwayMovesTheOthersUp) {
  Driver driver(OneAccount(PerSecond(10, 1), {{}}));
  const Instant begin = driver.now;
  driver.Decide({});
  const Decision first = driver.Decide({.method = 1});
  driver.Decide({.method = 2});
  EXPECT_EQ(driver.Decide({.cost = 2}).outcome, Outcome::kRefuse) << "400 ms are more than max_wait";
  const auto in_flight = [&] {
    return driver.limiter.Peek(LimitKind::kCaller, {}, driver.now).numbers.in_flight;
  };
  EXPECT_EQ(in_flight(), 3);
  EXPECT_TRUE(driver.Cancel(first.ticket));
  EXPECT_EQ(in_flight(), 2);
  EXPECT_FALSE(driver.Cancel(first.ticket));
  EXPECT_EQ(driver.Decide({.method = 3}).outcome, Outcome::kWait) << "its place is free";
  driver.RunUntil(begin + kSecond);
  ASSERT_EQ(driver.starts.size(), 3u);
  EXPECT_EQ(driver.starts[1].call.method, 2u);
  EXPECT_EQ(driver.starts[1].time, begin + Ms(100));
}

TEST(Contention, WaitsNoLongerThanItsDeadlineAndMaxWait) {
  Driver driver(OneAccount(PerSecond(10, 1), {{}}, {.max_wait = Ms(150)}));
  driver.Decide({});
  EXPECT_EQ(driver.Decide({.deadline = driver.now + Ms(100)}).outcome, Outcome::kWait);
  EXPECT_EQ(driver.Decide({}).refusal.shortage, Shortage::kRate) << "200 ms";
  Driver another(OneAccount(PerSecond(10, 1), {{}}, {.max_wait = Ms(150)}));
  another.Decide({});
  EXPECT_EQ(another.Decide({.deadline = another.now + Ms(100) - 1}).refusal.shortage, Shortage::kRate);
}

TEST(Contention, WhoHasWaitedTooLongIsRefused) {
  // Forecast at 200 ms; then somebody of more weight comes.
  Driver driver(OneAccount(PerSecond(10, 1), {{1}, {1000}}));
  const Instant begin = driver.now;
  driver.Decide({});
  driver.Decide({});
  ASSERT_EQ(driver.Decide({}).outcome, Outcome::kWait);
  driver.Decide({.caller = 1});
  driver.RunUntil(begin + Ms(400));
  ASSERT_EQ(driver.refusals.size(), 1u);
  EXPECT_EQ(driver.refusals[0].time, begin + Ms(250) + 1);
  EXPECT_TRUE(driver.refusals[0].decision.refusal.promised);
  EXPECT_EQ(driver.limiter.Peek(LimitKind::kCaller, {}, driver.now).numbers.in_flight, 2);
}

TEST(Contention, AFullQueueMakesRoomForWhoeverIsFurtherFront) {
  Driver driver(OneAccount(PerSecond(100, 1), {{}, {}}, {.most_waiting = 4}));
  driver.Decide({});
  for (int i = 0; i < 4; ++i) driver.Decide({});
  EXPECT_EQ(driver.Decide({}).refusal.shortage, Shortage::kQueue);
  EXPECT_EQ(driver.Decide({.caller = 1}).outcome, Outcome::kWait);
  driver.Turn();
  ASSERT_EQ(driver.refusals.size(), 2u);
  EXPECT_EQ(driver.refusals[1].call.caller, 0u) << "the flooder's last call went";
  EXPECT_EQ(driver.refusals[1].decision.refusal.shortage, Shortage::kQueue);
  EXPECT_EQ(driver.waiting.size(), 4u);
}

// 50 callers that flood and claim every time they were told, and one of little
// weight that comes now and then.
void StarveLast(int64_t burst, int64_t promised_part) {
  std::vector<Share> shares(51, {20});
  shares[50].weight = 1;
  Driver driver(OneAccount(PerSecond(1000, burst), shares, {.max_wait = 60 * kSecond, .most_waiting = 5000}));
  Instant joined = 0;
  uint64_t ticket = 0;
  int64_t longest = 0;
  for (int round = 0; round < (kSlow ? 200 : 1200); ++round) {
    for (uint32_t caller = 0; caller < 50; ++caller) {
      for (int i = 0; i < 5; ++i) driver.Decide({.caller = caller, .deadline = driver.now + Ms(150)});
    }
    if (ticket == 0) {
      ticket = driver.Decide({.caller = 50}).ticket;
      joined = driver.now;
    }
    driver.RunUntil(driver.now + Ms(50));
    longest = std::max(longest, driver.now - joined);
    if (!driver.waiting.contains(ticket)) ticket = 0;
  }
  // (N x cost + W / w) / what is never promised.
  EXPECT_LE(longest, (51 + 1001) * kMillisecond * 16 / (16 - promised_part) + Ms(50));
  EXPECT_GT(std::ranges::count(driver.Starters(), 50u), kSlow ? 0 : 10);
}

TEST(Contention, NobodyStarves) { StarveLast(10, 14); }
TEST(Contention, NobodyStarvesWhereNothingCanBeSaved) { StarveLast(1, 7); }

TEST(Contention, CostsCountAsManyCalls) {
  Driver driver(OneAccount(PerSecond(400, 10), {{1}, {1}}));
  const Instant end = driver.now + 20 * kSecond;
  while (driver.now < end) {
    while (driver.Decide({.caller = 0, .cost = 3}).outcome != Outcome::kRefuse) continue;
    while (driver.Decide({.caller = 1}).outcome != Outcome::kRefuse) continue;
    driver.RunUntil(driver.now + Ms(20));
  }
  const auto starters = driver.Starters();
  const auto dear = static_cast<double>(std::ranges::count(starters, 0u));
  const auto cheap = static_cast<double>(std::ranges::count(starters, 1u));
  EXPECT_NEAR(cheap / dear, 3, 0.06);
}

}  // namespace
}  // namespace blooio::gateway
