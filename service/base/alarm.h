// A timer of an event loop that does what it was last told, or nothing.
//
//   Alarm alarm(loop);
//   alarm.Set(absl::Milliseconds(50), [this] { TooLate(); });
//
// Asio's own timers call back even when cancelled, at times after their owner's end
// and as if they had rung. On the loop only, its end included.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "service/base/event_loop.h"

namespace blooio::gateway {

class Alarm {
 public:
  explicit Alarm(EventLoop& loop) : timer_(loop.context()) {}

  // Runs `ring` once after `delay`; what was set before does not ring any more.
  void Set(absl::Duration delay, absl::AnyInvocable<void()> ring) {
    ring_ = std::make_shared<Ring>(std::move(ring));
    timer_.expires_after(absl::ToChronoNanoseconds(delay));
    timer_.async_wait([weak = std::weak_ptr<Ring>(ring_)](const boost::system::error_code&) {
      // Gone once it was replaced or stopped, or its alarm has ended.
      if (const std::shared_ptr<Ring> ring = weak.lock()) (*ring)();
    });
  }
  void Stop() {
    ring_.reset();
    timer_.cancel();
  }

 private:
  using Ring = absl::AnyInvocable<void()>;

  boost::asio::steady_timer timer_;
  std::shared_ptr<Ring> ring_;
};

}  // namespace blooio::gateway
