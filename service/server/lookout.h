// Whether a thread that found nothing to do looks again, or sleeps.
//
// To sleep and be woken up has a price: the processor that halts, the caches that are cold, and
// whoever waits meanwhile. A thread always looks a few times; and goes on looking for as long as
// that has lately cost less than it spared. With calls that take a tenth of a second, or that
// come now and then, it does not, and is tried once in many sleeps.
//
//   Lookout lookout;
//   for (;;) {
//     if (DoWork()) lookout.Found();
//     else if (!lookout.Again(std::chrono::steady_clock::now())) Sleep();
//   }
//
// Of one thread.
#pragma once

#include <algorithm>
#include <chrono>

namespace blooio::gateway {

class Lookout {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Looks in any case.
  static constexpr int kLooks = 2;
  // What a sleep costs: some 90 us of this process, 20 of whoever wakes it up, and the 40 that
  // passes until it runs (tests/bench/README.md).
  static constexpr std::chrono::microseconds kSleep{150};
  // After which looking has been in vain; as Linux's haltpoll before it halts a processor.
  static constexpr std::chrono::microseconds kLongest{200};
  // Sleeps from one trial to the next.
  static constexpr int kSleepsToTrial = 128;
  // What may be spared to be lost again.
  static constexpr std::chrono::microseconds kMostSpared{2000};

  // There was something to do.
  void Found() {
    if (looks_ >= kLooks) spared_ = std::min(spared_ + kSleep - (looked_ - began_), Time(kMostSpared));
    looks_ = 0;
  }

  // There was nothing, at `now`. False: sleep.
  bool Again(SteadyTime now) {
    if (++looks_ == 1) began_ = now;
    looked_ = now;
    if (looks_ < kLooks) return true;
    if (looks_ == kLooks) goes_on_ = spared_ > Time(0) || ++sleeps_ % kSleepsToTrial == 0;
    if (goes_on_ && now - began_ < kLongest) return true;
    if (goes_on_) spared_ = std::max(spared_ - (now - began_), Time(0));
    looks_ = 0;
    return false;
  }

 private:
  using Time = SteadyTime::duration;

  int looks_ = 0;              // That found nothing, since something was found or slept.
  SteadyTime began_, looked_;  // The first and the last of them.
  bool goes_on_ = false;
  Time spared_{0};  // Sleeps, less what looking cost.
  unsigned sleeps_ = 0;
};

}  // namespace blooio::gateway
