// Does something small again and again, on an event loop.
//
//   Ticker ticker(loop, absl::Seconds(1), [this] { LookAround(); });
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "service/base/event_loop.h"

namespace blooio::gateway {

class Ticker {
 public:
  // The first `tick` comes after one period, each further one a period after the
  // last has returned. `loop` outlives it.
  Ticker(EventLoop& loop, absl::Duration period, absl::AnyInvocable<void()> tick);
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;
  // Returns when a tick that runs has ended. Not to be called on the loop.
  ~Ticker();

 private:
  void Wait();

  EventLoop& loop_;
  const absl::Duration period_;
  absl::AnyInvocable<void()> tick_;
  // On the loop alone.
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
};

}  // namespace blooio::gateway
