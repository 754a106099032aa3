// Does something small again and again, on a thread of its own.
//
//   Ticker ticker(absl::Seconds(1), [this] { LookAround(); });
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace blooio::gateway {

class Ticker {
 public:
  // The first `tick` comes after one period, each further one a period after the
  // last has returned.
  Ticker(absl::Duration period, absl::AnyInvocable<void()> tick);
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;
  // Returns when a tick that runs has ended. Not to be called by a tick.
  ~Ticker();

 private:
  void Run();

  const absl::Duration period_;
  absl::AnyInvocable<void()> tick_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;  // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace blooio::gateway
