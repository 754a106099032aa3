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
constexpr microseconds kSoon = Lookout::kSleep / 2;
constexpr microseconds kLate = std::chrono::milliseconds(100);
// From its first look that found nothing.
constexpr microseconds kLong = Lookout::kLongest + kLook;

// For which something has come soon for long.
Thread Paid() {
  Thread thread;
  for (int i = 0; i < 1000; ++i) thread.Look(kSoon);
  return thread;
}

TEST(LookoutTest, SleepsAfterFewLooks) {
  Thread thread;
  for (int i = 1; i < Lookout::kSleepsToTrial; ++i) EXPECT_EQ(thread.Look(kLate), kShort);
}

TEST(LookoutTest, TriesToGoOnOnceInManySleeps) {
  Thread thread;
  int tried = 0;
  for (int i = 0; i < 10 * Lookout::kSleepsToTrial; ++i) {
    const microseconds took = thread.Look(kLate);
    EXPECT_TRUE(took == kShort || took == kLong) << took.count();
    if (took == kLong) ++tried;
  }
  EXPECT_EQ(tried, 10);
  EXPECT_EQ(thread.sleeps(), 10 * Lookout::kSleepsToTrial);
}

TEST(LookoutTest, GoesOnAsLongAsThatPays) {
  Thread thread;
  for (int i = 1; i < Lookout::kSleepsToTrial; ++i) EXPECT_EQ(thread.Look(kSoon), kShort);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(thread.Look(kSoon), kSoon);
  EXPECT_EQ(thread.sleeps(), Lookout::kSleepsToTrial - 1);
}

TEST(LookoutTest, SleepsSoonerOnceThatPaysNoMore) {
  Thread thread = Paid();
  int in_vain = 0;
  while (in_vain < 1000 && thread.Look(kLate) == kLong) ++in_vain;
  EXPECT_EQ(in_vain, Lookout::kMostSpared / Lookout::kLongest);
  EXPECT_EQ(thread.Look(kLate), kShort);
}

TEST(LookoutTest, OneLateAmongManyIsNoReasonToStop) {
  Thread thread = Paid();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(thread.Look(kLate), kLong);
    for (int j = 0; j < 5; ++j) EXPECT_EQ(thread.Look(kSoon), kSoon);
  }
}

// What is found in time, but not before a sleep would have cost less.
TEST(LookoutTest, StopsWhenEachCostsMoreThanASleep) {
  Thread thread = Paid();
  for (int i = 0; i < 1000; ++i) thread.Look(Lookout::kLongest - kLook);
  EXPECT_EQ(thread.Look(kLate), kShort);
}

// However often what came late had cost more than a sleep: once things come soon, the next trial finds out.
TEST(LookoutTest, StartsAgainAfterWhatWasTooDear) {
  Thread thread;
  for (int i = 0; i < 1000 * Lookout::kSleepsToTrial; ++i) thread.Look(Lookout::kLongest - kLook);
  for (int i = 0; i < Lookout::kSleepsToTrial; ++i) thread.Look(kSoon);
  EXPECT_EQ(thread.Look(kSoon), kSoon);
}

// Whose every other look is in vain: a caller that calls again at once, an upstream far away.
TEST(LookoutTest, StopsWhenEveryOtherIsInVain) {
  Thread thread = Paid();
  const auto look = [&](int i) { return thread.Look(i % 2 == 0 ? kLate : kLook * 3); };
  for (int i = 0; i < 1000; ++i) look(i);
  int longer = 0;
  for (int i = 0; i < 100 * Lookout::kSleepsToTrial; ++i) longer += look(i) == kLong ? 1 : 0;
  // One for each trial, and one more for what that has spared.
  EXPECT_LE(longer, 2 * 100);
}

// What comes while it would look in any case says nothing about going on.
TEST(LookoutTest, WhatComesAtOncePaysNothing) {
  Thread thread;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(thread.Look(kLook), kLook);
  EXPECT_EQ(thread.Look(kLate), kShort);
}

}  // namespace
}  // namespace blooio::gateway
