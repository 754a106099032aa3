// What the script grants, and for how long Redis keeps it.
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "service/base/text.h"
#include "tests/unit/redis/lease_fixture.h"

namespace blooio::gateway {
namespace {

using LeaseScript = LeaseFixture;

TEST_F(LeaseScript, GrantsWhatAFullBucketHas) {
  EXPECT_EQ(Ask(kHundred, 150, kStart).tokens, 150);
  const LeaseAnswer rest = Ask(kHundred, 150, kStart);
  EXPECT_EQ(rest.tokens, 50);
  EXPECT_EQ(rest.next_free_ms, 10);
  EXPECT_EQ(rest.share, 1000);
  EXPECT_EQ(Ask(kHundred, 1, kStart).tokens, 0);
  // A quarter of a second later.
  const LeaseAnswer later = Ask(kHundred, 20, kStart + 250 * kMillisecond);
  EXPECT_EQ(later.tokens, 20);
  EXPECT_EQ(later.next_free_ms, 0);
  EXPECT_EQ(Stock(kHundred, kStart + 250 * kMillisecond), 5);
  EXPECT_EQ(Stock(kHundred, kStart + kHour), 200);
}

TEST_F(LeaseScript, TakesBackWhatFits) {
  Ask(kHundred, 200, kStart);
  EXPECT_EQ(Ask(kHundred, -30, kStart).tokens, 0);
  EXPECT_EQ(Stock(kHundred, kStart), 30);
  Ask(kHundred, -1000, kStart);
  // Nor is more there for who allows more.
  EXPECT_EQ(Stock({100, kSecond, 100'000}, kStart), 200);
}

TEST_F(LeaseScript, AnswersARoundInItsOrder) {
  std::vector<LeaseRequest> requests;
  for (int i = 0; i < 64; ++i) requests.push_back(Request({1, kSecond, i + 1}, 1000, Cat("k", i)));
  requests.push_back(Request({1, kSecond, 1}, 1, "k0"));  // Once more.
  const std::vector<LeaseAnswer> answers = AskAll(requests, kStart);
  ASSERT_EQ(answers.size(), 65u);
  for (int i = 0; i < 64; ++i) EXPECT_EQ(answers[i].tokens, i + 1);
  EXPECT_EQ(answers[64].tokens, 0);
  EXPECT_EQ(*redis_->Say({"EXISTS", "t:{limits}:k0"}).integer(), 1);
}

TEST_F(LeaseScript, KeepsEveryRateForLong) {
  const std::vector<TestLimit> limits = {
      {1, 24 * kHour, 1},       {1, 24 * kHour, 3},   {1, kSecond, 1},    {3, kSecond, 5},
      {1000, 7 * kSecond, 100}, {7, 60 * kSecond, 2}, {50, kSecond, 100}, {100'000, kSecond, 10'000},
  };
  std::mt19937_64 random(1);
  for (const TestLimit& limit : limits) {
    SCOPED_TRACE(limit.rate() * kSecond);
    redis_->Say({"FLUSHALL"});
    // As many askers as may be; together they want more than there is, on average every
    // third of a token, or of a bucket when tokens come faster than clock ticks.
    const auto step = static_cast<int64_t>(std::max(1.0, limit.burst / 3.0) / limit.rate() / 3);
    int64_t granted = 0;
    int64_t now = kStart;
    for (int i = 0; i < 1000; ++i) {
      granted += Ask(limit, limit.burst, now).tokens;
      // Never more than the limit, at any time.
      ASSERT_LE(granted, static_cast<double>(limit.burst) + limit.rate() * (now - kStart) + 0.001);
      now += 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(2 * step));
    }
    granted += Ask(limit, limit.burst, now).tokens;
    // And no less: nothing is lost while the bucket does not run over, as one of 1 does.
    if (limit.burst == 1) continue;
    EXPECT_GE(granted, static_cast<double>(limit.burst) + limit.rate() * (now - kStart) - 1.001);
  }
}

TEST_F(LeaseScript, LosesNothingToTinySteps) {
  // 83 days of a token a day, and 74 ms of 100,000 a second, asked for at every opportunity.
  const std::vector<std::pair<TestLimit, int64_t>> rows = {{{1, 24 * kHour, 400}, kHour},
                                                           {{100'000, kSecond, 200'000}, 37}};
  for (const auto& [limit, step] : rows) {
    redis_->Say({"FLUSHALL"});
    Ask(limit, limit.burst, kStart);
    int64_t now = kStart;
    for (int i = 0; i < 2000; ++i) Ask(limit, 0, now += step);
    const double expected = limit.rate() * (now - kStart);
    EXPECT_NEAR(Stock(limit, now), expected, 1);
  }
}

TEST_F(LeaseScript, SaysExactlyWhenThereIsATokenAgain) {
  const std::vector<TestLimit> limits = {
      {1, 24 * kHour, 1}, {1, kSecond, 2}, {3, kSecond, 1}, {7, 60 * kSecond, 1}, {999, 1000 * kSecond, 1}};
  for (const TestLimit& limit : limits) {
    SCOPED_TRACE(limit.rate() * kSecond);
    redis_->Say({"FLUSHALL"});
    int64_t now = kStart;
    Ask(limit, limit.burst, now);
    for (int i = 0; i < 50; ++i) {
      const LeaseAnswer none = Ask(limit, 1, now);
      ASSERT_EQ(none.tokens, 0);
      ASSERT_GT(none.next_free_ms, 0);
      ASSERT_EQ(Ask(limit, 1, now + (none.next_free_ms - 1) * kMillisecond).tokens, 0);
      now += none.next_free_ms * kMillisecond;
      ASSERT_EQ(Ask(limit, 1, now).tokens, 1);
    }
  }
}

TEST_F(LeaseScript, ForgetsABucketSoonAfterItIsFullOpenAndWhole) {
  constexpr int64_t kDay = 24 * kHour;
  constexpr TestLimit kRare = {1, kDay, 3};
  constexpr TestLimit kFast = {1'000'000, kSecond, 1};
  constexpr TestLimit kSlow = {1, 100 * kSecond, 1};
  constexpr TestLimit kGreat = {100, kSecond, 1000};
  constexpr TestLimit kSmall = {100, kSecond, 1};
  constexpr TestLimit kQuick = {1000, kSecond, 1000};
  struct Row {
    const char* what;
    std::function<void()> ask;
    int64_t kept_ms;
  };
  const std::vector<Row> rows = {
      {"two of three to come", [&] { Ask(kRare, 2, kStart); }, 2 * kDay / kMillisecond},
      {"full", [&] { Ask(kHundred, 0, kStart); }, 0},
      {"whole a minute after it opens", [&] { Throttle(kFast, 0, 30'000, kStart); }, 90'000},
      {"cut twice, whole after 125 s",
       [&] {
         Throttle(kFast, 0, 0, kStart - kMillisecond);
         Throttle(kFast, 0, 30'000, kStart);
       },
       155'000},
      {"to be filled up yet when it is whole", [&] { Throttle(kSlow, 0, 30'000, kStart); }, 190'000},
      {"asked by who allows less since",
       [&] {
         Ask(kGreat, 1000, kStart);
         Ask(kSmall, 0, kStart);
       },
       10'000},
      {"asked by who allows more at a time since",
       [&] {
         Ask(kGreat, 1000, kStart);
         Ask(kQuick, 0, kStart);
       },
       10'000},
      {"full since, a token of which was taken",
       [&] {
         Ask(kGreat, 1000, kStart);
         Ask(kQuick, 1, kStart + 20 * kSecond);
       },
       1},
      {"longer than Redis counts",
       [&] {
         Ask({1, 100'000 * kDay, 10'000'000}, 10'000'000, kStart);
       },
       1'000'000'000'000},
  };
  for (const Row& row : rows) {
    // Redis counts down by its own clock: once more if the machine has stalled meanwhile.
    int64_t left = 0;
    for (absl::Duration took = absl::InfiniteDuration(); took > absl::Milliseconds(500);) {
      redis_->Say({"FLUSHALL"});
      const absl::Time began = absl::Now();
      row.ask();
      left = *redis_->Say({"PTTL", "t:{limits}:k"}).integer();
      took = absl::Now() - began;
    }
    // A second longer, and rounded.
    EXPECT_GT(left, row.kept_ms) << row.what;
    EXPECT_LE(left, row.kept_ms + 1'001) << row.what;
  }
}

TEST_F(LeaseScript, TakesAnotherLimitWithTheNextRequest) {
  Ask(kHundred, 20, kStart);
  const TestLimit smaller = {100, kSecond, 10};
  EXPECT_EQ(Stock(smaller, kStart), 10);
  // What it was cut down to stays.
  EXPECT_EQ(Stock(kHundred, kStart), 10);
  // Another rate.
  const TestLimit faster = {10'000, kSecond, 10'000};
  Ask(faster, 10, kStart);
  EXPECT_EQ(Stock(faster, kStart + 10 * kMillisecond), 100);
}

TEST_F(LeaseScript, ReplacesNonsenseByANewBucket) {
  const std::string time = std::to_string(kStart) + " ";
  const std::vector<std::vector<std::string>> rows = {
      {"SET", "t:{limits}:k", ""},
      {"SET", "t:{limits}:k", "hello"},
      {"SET", "t:{limits}:k", "3 2 3"},
      {"SET", "t:{limits}:k", "2 5 " + time + "1000 0 0 0 200 1e-4"},
      {"SET", "t:{limits}:k", "3 5 nan 1000 0 0 0 200 1e-4"},
      {"SET", "t:{limits}:k", "3 5 " + time + "1000 0 inf 0 200 1e-4"},
      {"SET", "t:{limits}:k", "3 5 " + time + "1000 0 1e300 0 200 1e-4"},
      {"SET", "t:{limits}:k", "3 5 " + time + "1000 0 0 0 0 200 1e-4"},
      {"SET", "t:{limits}:k", "3 -1e17 " + time + "1000 0 0 0 200 1e-4"},
      {"SET", "t:{limits}:k", "3 5 " + time + "1000 0 0 0 0 1e-4"},
      {"SET", "t:{limits}:k", "3 5 " + time + "1000 0 0 0 200 0"},
      {"SET", "t:{limits}:k", std::string(100'000, '1')},
      {"LPUSH", "t:{limits}:k", "x"},
      {"HSET", "t:{limits}:k", "stock", "1"},
  };
  for (const auto& row : rows) {
    redis_->Say({"FLUSHALL"});
    redis_->Say(std::vector<std::string_view>(row.begin(), row.end()));
    const LeaseAnswer answer = Ask(kHundred, 1000, kStart);
    EXPECT_EQ(answer.tokens, 200) << row[2];
    EXPECT_EQ(answer.share, 1000) << row[2];
    EXPECT_EQ(Ask(kHundred, 1000, kStart).tokens, 0) << row[2];
  }
  // Of its own kind, but beyond all bounds.
  redis_->Say({"SET", "t:{limits}:k", "3 1e17 " + time + "-5 0 0 0 200 1e-4"});
  EXPECT_EQ(Ask(kHundred, 1000, kStart).tokens, 200);
  redis_->Say({"SET", "t:{limits}:k", "3 0 " + time + "99999 0 0 0 200 1e-4"});
  EXPECT_EQ(Ask(kHundred, 1000, kStart).share, 1000);
  redis_->Say({"SET", "t:{limits}:k", "3 0 " + time + "-1e17 0 " + time + "0 200 1e-4"});
  EXPECT_EQ(Ask(kHundred, 1000, kStart + 300 * kSecond).share, 1000);
}

TEST_F(LeaseScript, GoesByTheClockOfRedisOtherwise) {
  const TestLimit limit = {1000, kSecond, 1'000'000};
  const auto began = std::chrono::steady_clock::now();
  AskAll({Request(limit, limit.burst)}, std::nullopt);
  int64_t granted = 0;
  while (granted < 5) granted += AskAll({Request(limit, 1)}, std::nullopt)[0].tokens;
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(3));
  // What Redis has kept is near the time of here.
  const std::string bucket = *redis_->Say({"GET", "t:{limits}:k"}).string();
  const double time = std::stod(bucket.substr(bucket.find(' ', 2)));
  EXPECT_NEAR(time, static_cast<double>(absl::ToUnixMicros(absl::Now())), 60.0 * kSecond);
}

}  // namespace
}  // namespace blooio::gateway
