// Whether a thread that found nothing to do looks again, or sleeps.
//
// To sleep and be woken up costs the thread, and whoever wakes it up, more than a short look. So
// it always looks a few times; and for longer as long as that pays: as long as what it looks for
// comes in time at least every other time. Where a call waits for a tenth of a second it does
// not, and is tried once in many sleeps.
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
  // What looking for longer takes; as Linux's haltpoll does before it halts a processor.
  static constexpr std::chrono::microseconds kLonger{200};
  // Of so many sleeps one is put off for it when it has not paid lately.
  static constexpr int kTries = 128;

  // There was something to do.
  void Found() {
    if (looks_ >= kLooks) paid_ = std::min(paid_ + 1, kMostPaid);
    looks_ = 0;
  }

  // There was nothing, at `now`. False: sleep.
  bool Again(SteadyTime now) {
    if (++looks_ == 1) began_ = now;
    if (looks_ < kLooks) return true;
    if (looks_ == kLooks && paid_ == 0 && ++unpaid_ % kTries == 0) paid_ = 1;
    if (paid_ > 0) {
      if (now - began_ < kLonger) return true;
      --paid_;
    }
    looks_ = 0;
    return false;
  }

 private:
  // So many failures in a row put an end to it.
  static constexpr int kMostPaid = 8;

  int looks_ = 0;  // That found nothing, since something was found or slept.
  SteadyTime began_;
  int paid_ = 0;         // How often looking for longer has paid, less how often it has not.
  unsigned unpaid_ = 0;  // Sleeps without it.
};

}  // namespace blooio::gateway
