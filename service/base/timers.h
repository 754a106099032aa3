// Has things done later: the seam through which tests have time pass.
#pragma once

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "service/base/event_loop.h"

namespace blooio::gateway {

class Timers {
 public:
  virtual ~Timers() = default;
  // Runs `work` once after `delay`, never inside After. Any thread.
  virtual void After(absl::Duration delay, absl::AnyInvocable<void()> work) = 0;
};

// On an event loop. What is still to come when that ends is dropped.
class LoopTimers final : public Timers {
 public:
  // `loop` outlives it.
  explicit LoopTimers(EventLoop& loop) : loop_(loop) {}
  void After(absl::Duration delay, absl::AnyInvocable<void()> work) override;

 private:
  EventLoop& loop_;
};

}  // namespace blooio::gateway
