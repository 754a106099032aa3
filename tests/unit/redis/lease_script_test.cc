// What the script does to buckets, on a real Redis at times that the test says.
#include "service/redis/lease_script.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "service/base/text.h"
#include "tests/unit/redis/redis_client.h"
#include "tests/unit/redis/redis_process.h"

namespace blooio::gateway {
namespace {

constexpr int64_t kMillisecond = 1000;  // Microseconds, as in all of this.
constexpr int64_t kSecond = 1000 * kMillisecond;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kStart = 1'800'000'000 * kSecond;
constexpr int64_t kNanoseconds = 1000;

struct Limit {
  int64_t tokens;
  int64_t period;
  int64_t burst;

  double rate() const { return static_cast<double>(tokens) / static_cast<double>(period); }
};
constexpr Limit kHundred = {100, kSecond, 200};

class LeaseScript : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    redis_ = new RedisProcess;
    client_ = new RedisClient(PatientOptions(redis_->unix_address()));
    ASSERT_EQ(client_->Connected(), absl::OkStatus());
  }
  static void TearDownTestSuite() {
    delete client_;
    delete redis_;
  }
  void SetUp() override { redis_->Say({"FLUSHALL"}); }

  static LeaseRequest Request(const Limit& limit, int64_t tokens, const std::string& key = "k") {
    return {.key = key,
            .tokens_per_period = limit.tokens,
            .period_ns = limit.period * kNanoseconds,
            .burst = limit.burst,
            .tokens = tokens};
  }
  std::vector<LeaseAnswer> AskAll(const std::vector<LeaseRequest>& requests, std::optional<int64_t> now) {
    const absl::StatusOr<RedisReply> reply = client_->Run(LeaseCall("t:", requests, now));
    if (!reply.ok()) throw std::runtime_error(reply.status().ToString());
    return LeaseAnswers(*reply);
  }
  LeaseAnswer Ask(const Limit& limit, int64_t tokens, int64_t now) {
    return AskAll({Request(limit, tokens)}, now)[0];
  }
  LeaseAnswer Throttle(const Limit& limit, int64_t age_ms, int64_t retry_after_ms, int64_t now) {
    LeaseRequest request = Request(limit, 0);
    request.throttle = {age_ms, retry_after_ms};
    return AskAll({request}, now)[0];
  }
  // Whole tokens that are there, which stay.
  int64_t Stock(const Limit& limit, int64_t now) {
    const int64_t taken = Ask(limit, 1'000'000'000, now).tokens;
    Ask(limit, -taken, now);
    return taken;
  }

  static RedisProcess* redis_;
  static RedisClient* client_;
};
RedisProcess* LeaseScript::redis_ = nullptr;
RedisClient* LeaseScript::client_ = nullptr;

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
  EXPECT_EQ(Stock(kHundred, kStart), 200);
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
  const std::vector<Limit> limits = {
      {1, 24 * kHour, 1},       {1, 24 * kHour, 3},   {1, kSecond, 1},    {3, kSecond, 5},
      {1000, 7 * kSecond, 100}, {7, 60 * kSecond, 2}, {50, kSecond, 100}, {100'000, kSecond, 10'000},
  };
  std::mt19937_64 random(1);
  for (const Limit& limit : limits) {
    SCOPED_TRACE(limit.rate() * kSecond);
    redis_->Say({"FLUSHALL"});
    // As many askers as may be; together they want more than there is, on average every
    // third of a token, or of a bucket when tokens come faster than clock ticks.
    const auto step = static_cast<int64_t>(std::max(1.0, limit.burst / 3.0) / limit.rate() / 3);
    int64_t granted = 0;
    int64_t now = kStart;
    for (int i = 0; i < 3000; ++i) {
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
  // A year of a token a day, and a second of 100,000, asked for at every opportunity.
  const std::vector<std::pair<Limit, int64_t>> rows = {{{1, 24 * kHour, 400}, kHour},
                                                       {{100'000, kSecond, 200'000}, 37}};
  for (const auto& [limit, step] : rows) {
    redis_->Say({"FLUSHALL"});
    Ask(limit, limit.burst, kStart);
    int64_t now = kStart;
    for (int i = 0; i < 8760; ++i) Ask(limit, 0, now += step);
    const double expected = limit.rate() * (now - kStart);
    EXPECT_NEAR(Stock(limit, now), expected, 1);
  }
}

TEST_F(LeaseScript, SaysExactlyWhenThereIsATokenAgain) {
  const std::vector<Limit> limits = {
      {1, 24 * kHour, 1}, {1, kSecond, 2}, {3, kSecond, 1}, {7, 60 * kSecond, 1}, {999, 1000 * kSecond, 1}};
  for (const Limit& limit : limits) {
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

TEST_F(LeaseScript, ClosesAndSlowsDownOncePerBurstOf429s) {
  const LeaseAnswer first = Throttle(kHundred, 100, 2000, kStart);
  EXPECT_EQ(first.share, 700);
  // Closed for two seconds; then a token takes 1 / (100 x 0.7) s.
  EXPECT_EQ(first.next_free_ms, 2015);
  // Begun before that cut, however late they are told of.
  EXPECT_EQ(Throttle(kHundred, 101, 0, kStart + 100 * kMillisecond).share, 700);
  EXPECT_EQ(Throttle(kHundred, 1500, 0, kStart + 1499 * kMillisecond).share, 700);
  // Begun after it.
  EXPECT_EQ(Throttle(kHundred, 1500, 0, kStart + 1501 * kMillisecond).share, 490);
  // Open again at the time that the first had asked for.
  EXPECT_EQ(Stock(kHundred, kStart + 2000 * kMillisecond), 0);
  EXPECT_EQ(Stock(kHundred, kStart + 2500 * kMillisecond), 24);
}

TEST_F(LeaseScript, NeverFallsBelowTheFloor) {
  int64_t now = kStart;
  std::vector<int> shares;
  for (int i = 0; i < 11; ++i) shares.push_back(Throttle(kHundred, 0, 0, now += kMillisecond).share);
  EXPECT_THAT(shares, testing::ElementsAre(700, 490, 343, 240, 168, 117, 81, 56, 50, 50, 50));
}

TEST_F(LeaseScript, RisesByAStepEveryQuietSecondAfterItOpens) {
  Throttle(kHundred, 0, 3000, kStart);
  struct Row {
    int64_t after_ms;
    int share;
  };
  const std::vector<Row> rows = {{0, 700},    {2999, 700}, {3999, 700},  {4000, 750},   {4999, 750},
                                 {5000, 800}, {8500, 950}, {9000, 1000}, {60'000, 1000}};
  for (const Row& row : rows) {
    EXPECT_EQ(Ask(kHundred, 0, kStart + row.after_ms * kMillisecond).share, row.share) << row.after_ms;
  }
}

TEST_F(LeaseScript, EarnsByTheShareOfEachSecond) {
  const Limit roomy = {100, kSecond, 100'000};
  Throttle(roomy, 0, 1000, kStart);
  // 70 in the first second, 75 in the second, …, whole from the seventh: looked at once …
  const int64_t later = kStart + 11 * kSecond;
  const int64_t expected = 70 + 75 + 80 + 85 + 90 + 95 + 4 * 100;
  EXPECT_EQ(Stock(roomy, later), expected);
  // … or all the time.
  redis_->Say({"FLUSHALL"});
  Throttle(roomy, 0, 1000, kStart);
  for (int64_t now = kStart; now < later; now += 13 * kMillisecond) Ask(roomy, 0, now);
  EXPECT_EQ(Stock(roomy, later), expected);
}

TEST_F(LeaseScript, TellsWhenItOpensAcrossRisingShares) {
  // At 5 % of 1 in 10 s a token would take 200 s; it rises meanwhile.
  const Limit slow = {1, 10 * kSecond, 1};
  int64_t now = kStart;
  for (int i = 0; i < 10; ++i) Throttle(slow, 0, 0, now += kMillisecond);
  const LeaseAnswer answer = Ask(slow, 1, now);
  EXPECT_EQ(answer.share, 50);
  EXPECT_EQ(answer.tokens, 0);
  EXPECT_EQ(Ask(slow, 1, now + (answer.next_free_ms - 1) * kMillisecond).tokens, 0);
  EXPECT_EQ(Ask(slow, 1, now + answer.next_free_ms * kMillisecond).tokens, 1);
  // 0.05 + 0.1 + … + 0.95 = 9.5 tenths of a token in 19 s, the rest at the whole rate.
  EXPECT_EQ(answer.next_free_ms, 19'500);
}

TEST_F(LeaseScript, DropsWhatIsGivenBackWhileClosed) {
  Ask(kHundred, 200, kStart);
  Throttle(kHundred, 0, 1000, kStart);
  Ask(kHundred, -100, kStart + kMillisecond);
  EXPECT_EQ(Stock(kHundred, kStart + 1000 * kMillisecond), 0);
}

TEST_F(LeaseScript, ForgetsABucketJustAfterItIsFullOpenAndWhole) {
  const auto left = [this] { return *redis_->Say({"PTTL", "t:{limits}:k"}).integer(); };
  const auto is_between = [](int64_t least, int64_t most) {
    return testing::AllOf(testing::Gt(least), testing::Le(most));
  };
  // Redis counts down by its own clock, a little of which has passed; each has a second more.
  Ask({1, 24 * kHour, 3}, 2, kStart);
  EXPECT_THAT(left(), is_between(2 * 24 * 3600 * 1000, 2 * 24 * 3600 * 1000 + 1000));
  redis_->Say({"FLUSHALL"});
  Ask(kHundred, 0, kStart);
  EXPECT_THAT(left(), is_between(0, 1000));
  redis_->Say({"FLUSHALL"});
  Throttle({1'000'000, kSecond, 1}, 0, 30'000, kStart);  // Full at once, and whole 6 s after it opens.
  EXPECT_THAT(left(), is_between(36'000, 37'000));
  redis_->Say({"FLUSHALL"});
  Throttle({1, 100 * kSecond, 1}, 0, 30'000, kStart);  // The other way round.
  EXPECT_THAT(left(), is_between(130'000, 133'000));
  redis_->Say({"FLUSHALL"});
  Ask({1, 100'000 * 24 * kHour, 1000}, 1000, kStart);  // Thousands of years.
  EXPECT_GT(left(), 0);
}

TEST_F(LeaseScript, TakesAnotherLimitWithTheNextRequest) {
  Ask(kHundred, 20, kStart);
  const Limit smaller = {100, kSecond, 10};
  EXPECT_EQ(Stock(smaller, kStart), 10);
  // What it was cut down to stays.
  EXPECT_EQ(Stock(kHundred, kStart), 10);
  // Another rate.
  const Limit faster = {10'000, kSecond, 10'000};
  Ask(faster, 10, kStart);
  EXPECT_EQ(Stock(faster, kStart + 10 * kMillisecond), 100);
}

TEST_F(LeaseScript, ReplacesNonsenseByANewBucket) {
  const std::string time = std::to_string(kStart) + " ";
  const std::vector<std::vector<std::string>> rows = {
      {"SET", "t:{limits}:k", ""},
      {"SET", "t:{limits}:k", "hello"},
      {"SET", "t:{limits}:k", "1 2 3"},
      {"SET", "t:{limits}:k", "2 5 " + time + "700 0 0 0"},
      {"SET", "t:{limits}:k", "1 nan " + time + "700 0 0 0"},
      {"SET", "t:{limits}:k", "1 inf " + time + "700 0 0 0"},
      {"SET", "t:{limits}:k", "1 1e300 " + time + "700 0 0 0"},
      {"SET", "t:{limits}:k", "1 5 " + time + "700 0 0 0 0"},
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
  redis_->Say({"SET", "t:{limits}:k", "1 1e17 " + time + "-5 0 0 0"});
  EXPECT_EQ(Ask(kHundred, 1000, kStart).tokens, 200);
  redis_->Say({"SET", "t:{limits}:k", "1 -1e17 " + time + "99999 0 0 0"});
  EXPECT_EQ(Ask(kHundred, 1000, kStart).share, 1000);
}

TEST_F(LeaseScript, NeitherMintsNorLosesTokensByAnotherClock) {
  Ask(kHundred, 150, kStart);
  // A failover to a machine an hour behind: as if no time had passed, and then it does.
  const int64_t behind = kStart - kHour;
  EXPECT_EQ(Stock(kHundred, behind), 50);
  EXPECT_EQ(Stock(kHundred, behind + 100 * kMillisecond), 60);
  // What was closed for a second is not closed for an hour.
  const LeaseAnswer closed = Throttle(kHundred, 0, 1000, behind + 100 * kMillisecond);
  const int64_t further = behind - kHour;
  EXPECT_EQ(Ask(kHundred, 1, further).next_free_ms, closed.next_free_ms);
  EXPECT_EQ(Ask(kHundred, 0, further + 2 * kSecond).share, 750);
  // An hour ahead: full, and no more than that.
  EXPECT_EQ(Stock(kHundred, kStart + kHour), 200);
}

TEST_F(LeaseScript, GoesByTheClockOfRedisOtherwise) {
  const Limit limit = {1000, kSecond, 1'000'000};
  AskAll({Request(limit, limit.burst)}, std::nullopt);
  const auto began = std::chrono::steady_clock::now();
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
