// Lets calls through at the pace of their limits: puts what RateLimiter decides into
// effect. Calls that have to wait go on when their turn comes.
//
//   Decision decision = turnstile.Enter(call, waiter);
//     kStart, kRefuse   at once
//     kWait             later: waiter->Proceed(kStart or kRefuse), unless
//                       Leave(account, decision.ticket) comes first
//   const bool room = turnstile.Finish(call);    // when a call that started has ended
//   if (room) turnstile.Advance(call.account);
//
// Waiters proceed on the loop or inside Advance, and no lock is held then. Turns that
// time brings come in steps of a millisecond, several at once where the rate is
// higher.
//
// Thread-safe. Ends after the last call, and before `loop` does.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/ratelimit/rate_limiter.h"
#include "service/ratelimit/waiter.h"

namespace blooio::gateway {

class Turnstile {
 public:
  // All outlive it. `limiter` is used through the turnstile alone.
  Turnstile(RateLimiter& limiter, const Clock& clock, EventLoop& loop)
      : limiter_(limiter), clock_(clock), loop_(loop) {}
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;
  // Not to be called on the loop.
  ~Turnstile();

  // Other limits hold from now on; see RateLimiter::Configure.
  void Configure(const RateLimits& limits);

  // `waiter` is the call's.
  Decision Enter(const Call& call, const std::shared_ptr<Waiter>& waiter);
  // False if the call does not wait any more: its waiter has proceeded, or does
  // right now.
  bool Leave(uint32_t account, uint64_t ticket);
  // True if somebody waits for the room that this made.
  bool Finish(const Call& call) { return limiter_.Finish(call); }
  // Lets those go on whose turn has come.
  void Advance(uint32_t account);
  // Blooio answered 429 without a code to an attempt begun at `began`.
  void Throttled(uint32_t account, Instant began, absl::Duration retry_after);

 private:
  // When an account's next turn comes.
  struct Alarm {
    explicit Alarm(EventLoop& loop) : timer(loop.context()) {}
    boost::asio::steady_timer timer;
    Instant set_for = kNever;
  };

  // On the loop.
  void Watch(uint32_t account);

  RateLimiter& limiter_;
  const Clock& clock_;
  EventLoop& loop_;
  std::deque<Alarm> alarms_;  // By account; the loop's alone.
};

}  // namespace blooio::gateway
