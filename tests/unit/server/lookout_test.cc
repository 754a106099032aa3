#include "service/server/lookout.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

using std::chrono::microseconds;

constexpr microseconds kLook{5};

// A thread for which something comes `after` it has run out of work, time and again.
class Thread {
 public:
  // How long it looks before it finds that, or sleeps.
  microseconds Look(microseconds after) {
    const Lookout::SteadyTime began = now_;
    for (;;) {
      now_ += kLook;
      if (now_ - began >= after) {
        lookout_.Found();
        break;
      }
      if (!lookout_.Again(now_)) {
        ++sleeps_;
        lookout_.Found();  // What it was woken up for.
        break;
      }
    }
    return std::chrono::duration_cast<microseconds>(now_ - began);
  }
  int sleeps() const { return sleeps_; }

 private:
  Lookout lookout_;
  Lookout::SteadyTime now_{std::chrono::hours(1)};
  int sleeps_ = 0;
};

constexpr microseconds kShort = Lookout::kLooks * kLook;
constexpr microseconds kSoon = Lookout::kLonger / 2;
constexpr microseconds kLate = std::chrono::milliseconds(100);
// From its first look that found nothing.
constexpr microseconds kLong = Lookout::kLonger + kLook;

TEST(LookoutTest, SleepsAfterFewLooks) {
  Thread thread;
  for (int i = 1; i < Lookout::kTries; ++i) EXPECT_EQ(thread.Look(kLate), kShort);
  EXPECT_EQ(thread.sleeps(), Lookout::kTries - 1);
}

TEST(LookoutTest, TriesToLookForLongerOnceInManySleeps) {
  Thread thread;
  int tried = 0;
  for (int i = 0; i < 10 * Lookout::kTries; ++i) {
    const microseconds took = thread.Look(kLate);
    EXPECT_TRUE(took == kShort || took == kLong) << took.count();
    if (took == kLong) ++tried;
  }
  EXPECT_EQ(tried, 10);
  EXPECT_EQ(thread.sleeps(), 10 * Lookout::kTries);
}

TEST(LookoutTest, LooksForLongerAsLongAsThatPays) {
  Thread thread;
  for (int i = 1; i < Lookout::kTries; ++i) thread.Look(kSoon);
  const int sleeps = thread.sleeps();
  EXPECT_EQ(sleeps, Lookout::kTries - 1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(thread.Look(kSoon), kSoon);
  EXPECT_EQ(thread.sleeps(), sleeps);
}

TEST(LookoutTest, SleepsSoonerOnceThatPaysNoMore) {
  Thread thread;
  for (int i = 0; i < 1000; ++i) thread.Look(kSoon);
  int in_vain = 0;
  while (thread.Look(kLate) == kLong) ++in_vain;
  EXPECT_EQ(in_vain, 8);
  EXPECT_EQ(thread.Look(kLate), kShort);
}

TEST(LookoutTest, OneLateAnswerIsNoReason) {
  Thread thread;
  for (int i = 0; i < 1000; ++i) thread.Look(kSoon);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(thread.Look(kLate), kLong);
    EXPECT_EQ(thread.Look(kSoon), kSoon);
  }
}

// What comes while it would look in any case says nothing about looking for longer.
TEST(LookoutTest, WhatComesAtOnceDoesNotPay) {
  Thread thread;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(thread.Look(kLook), kLook);
  EXPECT_EQ(thread.Look(kLate), kShort);
}

}  // namespace
}  // namespace blooio::gateway
