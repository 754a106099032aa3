#include "service/upstream/retry.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace blooio::gateway {
namespace {

class FixedRandomness : public Randomness {
 public:
  explicit FixedRandomness(uint64_t bits) : bits_(bits) {}
  uint64_t Next() override { return bits_; }

 private:
  const uint64_t bits_;
};

constexpr uint64_t kLeast = 0, kHalf = uint64_t{1} << 63, kMost = ~uint64_t{0};
constexpr absl::Duration kAges = absl::Hours(1);
constexpr absl::Duration Ms(int64_t count) { return absl::Milliseconds(count); }

TEST(RetryAfter, Table) {
  const struct {
    const char* name;
    RetryQuestion question;
    uint64_t random;
    std::optional<absl::Duration> wait;
  } kRows[] = {
      {"first", {.left = kAges}, kHalf, Ms(50)},
      {"at once, with luck", {.left = kAges}, kLeast, Ms(0)},
      {"second", {.attempts = 2, .left = kAges}, kHalf, Ms(100)},
      {"no third", {.attempts = 3, .left = kAges}, kHalf, std::nullopt},
      {"no fourth", {.attempts = 4, .left = kAges}, kHalf, std::nullopt},
      {"third of more", {.attempts = 3, .max_attempts = 9, .left = kAges}, kHalf, Ms(200)},
      {"grows no more", {.attempts = 7, .max_attempts = 99, .left = kAges}, kHalf, Ms(3200)},
      {"ever", {.attempts = 98, .max_attempts = 99, .left = kAges}, kHalf, Ms(3200)},
      {"one attempt allowed", {.max_attempts = 1, .left = kAges}, kHalf, std::nullopt},
      {"none allowed", {.max_attempts = 0, .left = kAges}, kHalf, std::nullopt},

      {"asked", {.asked = absl::Seconds(2), .left = kAges}, kLeast, absl::Seconds(2)},
      {"asked, and jitter", {.asked = absl::Seconds(2), .left = kAges}, kHalf, Ms(2050)},
      {"asked for nothing", {.asked = absl::ZeroDuration(), .left = kAges}, kHalf, Ms(50)},
      {"asked for the past", {.asked = -absl::Seconds(9), .left = kAges}, kHalf, Ms(50)},
      {"asked for ever", {.asked = absl::InfiniteDuration(), .left = kAges}, kHalf, std::nullopt},
      {"asked for more than is left", {.asked = absl::Seconds(2), .left = Ms(1999)}, kLeast, std::nullopt},

      {"no time", {.left = absl::ZeroDuration()}, kLeast, std::nullopt},
      {"too late", {.left = -absl::Seconds(1)}, kLeast, std::nullopt},
      {"a little too late", {.left = Ms(50)}, kHalf, std::nullopt},
      {"just in time", {.left = Ms(51)}, kHalf, Ms(50)},
      {"no time for an attempt", {.left = Ms(300), .typical = Ms(250)}, kHalf, std::nullopt},
      {"time for an attempt", {.left = Ms(301), .typical = Ms(250)}, kHalf, Ms(50)},
      {"none after what was asked",
       {.asked = absl::Seconds(2), .left = Ms(2200), .typical = Ms(200)},
       kLeast,
       std::nullopt},
  };
  for (const auto& row : kRows) {
    FixedRandomness randomness(row.random);
    EXPECT_EQ(RetryAfter(row.question, randomness), row.wait) << row.name;
  }
}

TEST(RetryAfter, NeverWaitsAsLongAsItsBound) {
  FixedRandomness randomness(kMost);
  for (int attempts = 1; attempts < 20; ++attempts) {
    const auto wait = RetryAfter({.attempts = attempts, .max_attempts = 20, .left = kAges}, randomness);
    ASSERT_TRUE(wait.has_value());
    EXPECT_LE(*wait, Ms(100) * (1 << std::min(attempts - 1, 6)));
    EXPECT_GT(*wait, Ms(99) * (1 << std::min(attempts - 1, 6)));
  }
}

TEST(RetryBudget, StartsWithAHundredAndEarnsAFifth) {
  RetryBudget budget;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(budget.Spend()) << i;
  EXPECT_FALSE(budget.Spend());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) budget.Earn();
    EXPECT_FALSE(budget.Spend());
    budget.Earn();
    EXPECT_TRUE(budget.Spend());
    EXPECT_FALSE(budget.Spend());
  }
}

// In whatever stretch of calls, no more than a fifth of them and 100.
TEST(RetryBudget, NeverMoreThanAFifthOfRecentCallsAndAHundred) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    RetryBudget budget;
    // Of any stretch: spent - earned / 5, in fifths, the largest so far.
    int64_t worst = 0;
    int eager = 0;
    for (int step = 0; step < 20000; ++step) {
      // Long times of one kind, so that it runs dry and fills up.
      if (step % 1000 == 0) eager = static_cast<int>(random() % 11);
      if (static_cast<int>(random() % 10) >= eager) {
        budget.Earn();
        worst = std::max<int64_t>(worst - 1, 0);
      } else if (budget.Spend()) {
        worst += 5;
      } else {
        ASSERT_GT(worst, 100 * 5 - 5) << "refused although some was left";
      }
      ASSERT_LE(worst, 100 * 5);
    }
  }
}

TEST(RetryBudget, HoldsAmongThreads) {
  RetryBudget budget;
  constexpr int kThreads = 4, kCalls = 50000;
  std::atomic<int64_t> spent = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < kCalls; ++call) {
        budget.Earn();
        spent += budget.Spend();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(spent, kThreads * kCalls / 5 + 100);
  EXPECT_GE(spent, kThreads * kCalls / 5);
}

// Full by any number of threads, it holds a hundred and no more.
TEST(RetryBudget, FillsToAHundredAmongThreads) {
  for (int round = 0; round < 200; ++round) {
    RetryBudget budget;
    budget.Spend();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int call = 0; call < 20; ++call) budget.Earn();
      });
    }
    for (std::thread& thread : threads) thread.join();
    int left = 0;
    while (budget.Spend()) ++left;
    ASSERT_EQ(left, 100);
    budget.Earn();
    ASSERT_FALSE(budget.Spend());
  }
}

}  // namespace
}  // namespace blooio::gateway
