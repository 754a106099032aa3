// Whether a thread that found nothing to do looks again, or sleeps.
//
// To sleep and be woken up has a price: the processor that halts, and the caches that are cold. A
// thread always looks a few times; and goes on looking for as long as that has lately cost less
// CPU time than it spared. With calls that take a tenth of a second, or that come now and then,
// it does not, and is tried once in many sleeps.
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
  // What a sleep costs in CPU time: some 85 us of this process and 17 of whoever wakes it up
  // (tests/bench/README.md). That it is answered later besides does not count.
  static constexpr std::chrono::microseconds kSleep{100};
  // After which looking has been in vain; as Linux's haltpoll before it halts a processor.
  static constexpr std::chrono::microseconds kLongest{200};
  // Sleeps from one trial to the next.
  static constexpr int kSleepsToTrial = 128;
  // What may be spared to be lost again.
  static constexpr std::chrono::microseconds kMostSpared{2000};

  // There was something to do.
  void Found() {
    if (looks_ >= kLooks) Book(kSleep - (looked_ - began_));
    looks_ = 0;
  }

  // There was nothing, at `now`. False: sleep.
  bool Again(SteadyTime now) {
    if (++looks_ == 1) began_ = now;
    looked_ = now;
    if (looks_ < kLooks) return true;
    if (looks_ == kLooks) goes_on_ = spared_ > Time(0) || ++sleeps_ % kSleepsToTrial == 0;
    if (goes_on_ && now - began_ < kLongest) return true;
    if (goes_on_) Book(-(now - began_));
    looks_ = 0;
    return false;
  }

 private:
  using Time = SteadyTime::duration;

  // Kept from 0 to kMostSpared, so that what was is soon forgotten.
  void Book(Time spared) { spared_ = std::clamp(spared_ + spared, Time(0), Time(kMostSpared)); }

  int looks_ = 0;              // That found nothing, since something was found or slept.
  SteadyTime began_, looked_;  // The first and the last of them.
  bool goes_on_ = false;
  Time spared_{0};  // By sleeps that were not, less what looking cost.
  unsigned sleeps_ = 0;
};

}  // namespace blooio::gateway
