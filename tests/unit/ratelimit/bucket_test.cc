#include "service/ratelimit/bucket.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

constexpr int64_t kDay = 86'400 * kSecond;

TEST(Rate, IsTheFractionThatWasMeant) {
  const struct {
    double tokens;
    Rate rate;
  } kRows[] = {
      {1, {1, kSecond}},
      {3, {3, kSecond}},
      {100'000, {100'000, kSecond}},
      {0.1, {1, 10 * kSecond}},
      {33.3, {333, 10 * kSecond}},
      {1.0 / 86'400, {1, kDay}},
      {2.0 / 3, {2, 3 * kSecond}},
      {0.00001, {1, 100'000 * kSecond}},
  };
  for (const auto& row : kRows) {
    const Rate rate = PerSecond(row.tokens);
    EXPECT_EQ(rate.tokens, row.rate.tokens) << row.tokens;
    EXPECT_EQ(rate.period, row.rate.period) << row.tokens;
  }
}

// Takes every token at the nanosecond it comes.
Instant TimeOf(int64_t tokens, const Limit& limit) {
  Bucket bucket;
  const Pace pace = Pace::Of(limit);
  Instant now = 0;
  for (int64_t i = 0; i < tokens + limit.burst; ++i) {
    now += TimeToEarn(pace.token - bucket.Stock(pace, now), pace.gain);
    bucket.Spend(pace, now, pace.token);
  }
  return now;
}

TEST(Bucket, NeverDrifts) {
  const struct {
    Limit limit;
    int64_t tokens;
    Instant time;
  } kRows[] = {
      {{{3, kSecond}, 1}, 3'000'000, 1'000'000 * kSecond},
      {{{7, kSecond}, 5}, 700'000, 100'000 * kSecond},
      {{{100'000, kSecond}, 1'000'000}, 1'000'000, 10 * kSecond},
      {{{99'991, kDay}, 1}, 999'910, 10 * kDay},
      {{{1, kDay}, 1'000'000}, 365, 365 * kDay},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(TimeOf(row.tokens, row.limit), row.time);
    EXPECT_GT(TimeOf(row.tokens + 1, row.limit), row.time);
  }
}

// Whole tokens; up to a nanosecond's worth more may be there.
int64_t Tokens(const Pace& pace, const Bucket& bucket, Instant now) {
  const Units stock = bucket.Stock(pace, now);
  EXPECT_LE(stock % pace.token, pace.capacity % pace.token);
  return static_cast<int64_t>(stock / pace.token);
}

TEST(Bucket, HoldsItsBurstAndNoMore) {
  const Pace pace = Pace::Of({{10, kSecond}, 4});
  Bucket bucket;
  EXPECT_EQ(Tokens(pace, bucket, 0), 4);
  bucket.Spend(pace, 0, 4 * pace.token);
  EXPECT_EQ(Tokens(pace, bucket, 0), 0);
  EXPECT_EQ(Tokens(pace, bucket, kSecond / 10), 1);
  EXPECT_FALSE(bucket.Full(pace, kSecond * 4 / 10 - 1));
  EXPECT_TRUE(bucket.Full(pace, kSecond * 4 / 10));
  EXPECT_EQ(Tokens(pace, bucket, kDay), 4);
}

TEST(Bucket, EarnsNothingTwiceWhenTimeStepsBack) {
  const Pace pace = Pace::Of({{10, kSecond}, 4});
  Bucket bucket;
  bucket.Spend(pace, kSecond, 4 * pace.token);
  EXPECT_EQ(Tokens(pace, bucket, 0), 0);
  bucket.Settle(pace, 0);
  EXPECT_EQ(Tokens(pace, bucket, kSecond + kSecond / 10), 1);
}

TEST(Bucket, KeepsWhatItHasWhenItsPaceChanges) {
  const Limit limit = {{10, kSecond}, 4};
  const Pace whole = Pace::Of(limit), half = Pace::Of(limit, kWhole / 2);
  Bucket bucket;
  bucket.Spend(whole, 0, 4 * whole.token);
  bucket.Settle(whole, kSecond / 10);
  EXPECT_EQ(Tokens(half, bucket, kSecond / 10), 1);
  EXPECT_EQ(Tokens(half, bucket, kSecond * 3 / 10), 2);
}

TEST(Bucket, OpensEmpty) {
  const Pace pace = Pace::Of({{10, kSecond}, 4});
  Bucket bucket;
  bucket.CloseUntil(pace, 5 * kSecond);
  EXPECT_EQ(Tokens(pace, bucket, 5 * kSecond), 0);
  EXPECT_EQ(Tokens(pace, bucket, 5 * kSecond + kSecond / 10), 1);
}

TEST(Bucket, TakesInWhatWasEarnedElsewhereUpToItsBurst) {
  const Pace pace = Pace::Of({{10, kSecond}, 4}, 0);
  Bucket bucket;
  bucket.Spend(pace, 0, 4 * pace.token);
  EXPECT_EQ(Tokens(pace, bucket, kDay), 0) << "time earns nothing";
  bucket.Deposit(pace, kDay, 3 * pace.token);
  EXPECT_EQ(Tokens(pace, bucket, kDay), 3);
  bucket.Deposit(pace, kDay, 3 * pace.token);
  EXPECT_EQ(Tokens(pace, bucket, kDay), 4);
}

}  // namespace
}  // namespace blooio::gateway
