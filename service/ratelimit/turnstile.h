// Lets calls through at the pace of their limits: puts what RateLimiter decides into
// effect. Calls that have to wait go on when their turn comes.
//
//   Decision decision = turnstile.Enter(call, waiter);
//     kStart, kRefuse   at once
//     kWait             later: waiter->Proceed(kStart or kRefuse), unless
//                       Leave(account, decision.ticket) comes first
//   const bool room = turnstile.Finish(call);    // when a call that started has ended
//   if (room) turnstile.AdvanceSoon(call.account);
//
// Waiters proceed on the loop or inside Advance, and no lock is held then. Turns that
// time brings come in steps of a millisecond, several at once where the rate is
// higher.
//
// With a lessor, calls whose own limits lack leased tokens are held until those come,
// and then decided. They cannot leave meanwhile, which is not for long.
//
// Thread-safe. Ends after the last call, and before `loop` does.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/time/time.h"
#include "service/base/alarm.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/ratelimit/lessor.h"
#include "service/ratelimit/rate_limiter.h"
#include "service/ratelimit/waiter.h"

namespace blooio::gateway {

class Turnstile {
 public:
  // All outlive it. `limiter` is used through the turnstile alone.
  Turnstile(RateLimiter& limiter, const Clock& clock, EventLoop& loop,
            absl::Duration longest_hold = absl::Milliseconds(50))
      : limiter_(limiter),
        clock_(clock),
        loop_(loop),
        longest_hold_(absl::ToInt64Nanoseconds(longest_hold)) {}
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;
  // Not to be called on the loop.
  ~Turnstile();

  // Gets the tokens; null: none is needed. Outlives the calls.
  void UseLessor(Lessor* lessor) { lessor_ = lessor; }

  // Other limits hold from now on; see RateLimiter::Configure.
  void Configure(const RateLimits& limits);

  // `waiter` is the call's.
  Decision Enter(const Call& call, const std::shared_ptr<Waiter>& waiter);
  // False if the call does not wait any more: its waiter has proceeded, or does
  // right now.
  bool Leave(uint32_t account, uint64_t ticket);
  // True if somebody waits for the room that this made.
  bool Finish(const Call& call) { return limiter_.Finish(call); }
  // Lets those go on whose turn has come; Soon: on the loop.
  void Advance(uint32_t account);
  void AdvanceSoon(uint32_t account) {
    loop_.Post([this, account] { Advance(account); });
  }
  // Blooio answered 429 without a code to an attempt begun at `began`.
  void Throttled(uint32_t account, Instant began, absl::Duration retry_after);

  // For the lessor. Decides calls that are held once more; those that still lack tokens
  // stay until the longest hold is over.
  void DecideHeld();
  // When that is, for the first of them; kNever if none is held.
  Instant HeldUntil();

 private:
  // However many come while tokens are on their way.
  static constexpr size_t kMostHeld = 10'000;

  struct Held {
    Call call;
    std::shared_ptr<Waiter> waiter;
    Instant until = 0;
  };
  // When an account's next turn comes.
  struct NextTurn {
    explicit NextTurn(EventLoop& loop) : alarm(loop) {}
    Alarm alarm;
    Instant set_for = kNever;
  };

  Decision Decide(const Call& call);
  void TellLessor();
  bool Hold(Held held);
  void PostWatch(uint32_t account) {
    loop_.Post([this, account] { Watch(account); });
  }
  // On the loop.
  void Watch(uint32_t account);

  RateLimiter& limiter_;
  const Clock& clock_;
  EventLoop& loop_;
  const int64_t longest_hold_;
  std::atomic<Lessor*> lessor_ = nullptr;
  std::deque<NextTurn> turns_;  // By account; the loop's alone.
  std::mutex mutex_;            // Guards those held.
  std::vector<Held> held_;
};

}  // namespace blooio::gateway
