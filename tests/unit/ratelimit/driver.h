// A rate limiter with a clock that a test moves: what waits starts when its turn
// comes, as the gateway's timer would have it.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "service/ratelimit/rate_limiter.h"

namespace blooio::gateway {

inline Limit PerSecond(int64_t tokens, int64_t burst) { return {.rate = {tokens, kSecond}, .burst = burst}; }
inline Limit InShadow(Limit limit) {
  limit.shadow = true;
  return limit;
}
// Sanitizers make these tests forty times as slow.
constexpr bool kSlow = !std::string_view(BLOOIO_SANITIZE).empty();

constexpr Instant Ms(int64_t milliseconds) { return milliseconds * kMillisecond; }

class Driver {
 public:
  // What became of a call, and when.
  struct Event {
    Instant time;
    Call call;
    Decision decision;
    uint64_t ticket = 0;
  };

  explicit Driver(RateLimits limits) : limiter(std::move(limits)) {}

  Decision Decide(const Call& call) {
    const Decision decision = limiter.Decide(call, now);
    if (decision.outcome == Outcome::kStart) starts.push_back({now, call, decision});
    if (decision.outcome == Outcome::kRefuse) refusals.push_back({now, call, decision});
    if (decision.outcome == Outcome::kWait) waiting[decision.ticket] = call;
    return decision;
  }
  bool Cancel(uint64_t ticket) {
    waiting.erase(ticket);
    return limiter.Cancel(0, ticket);
  }
  // Moves the clock and does what comes up until then.
  void RunUntil(Instant time) {
    for (Turn(); limiter.NextTurn(0, now) <= time; Turn()) now = std::max(now, limiter.NextTurn(0, now));
    now = time;
  }
  void Turn() {
    for (const auto& turn : limiter.Advance(0, now)) {
      const Call call = waiting.at(turn.ticket);
      waiting.erase(turn.ticket);
      (turn.decision.outcome == Outcome::kStart ? starts : refusals)
          .push_back({now, call, turn.decision, turn.ticket});
    }
  }
  std::vector<Instant> StartTimes() const {
    std::vector<Instant> times;
    for (const Event& event : starts) times.push_back(event.time);
    return times;
  }
  std::vector<uint32_t> Starters() const {
    std::vector<uint32_t> callers;
    for (const Event& event : starts) callers.push_back(event.call.caller);
    return callers;
  }

  RateLimiter limiter;
  Instant now = Ms(1'000'000);
  std::vector<Event> starts, refusals;
  std::map<uint64_t, Call> waiting;
};

// One account, whose callers have no limits of their own.
inline RateLimits OneAccount(Limit limit, std::vector<Share> shares, AccountLimits account = {}) {
  account.limit = limit;
  RateLimits limits{.accounts = {account}, .callers = {}};
  for (const Share& share : shares) limits.callers.push_back({.share = share});
  return limits;
}

// The limit of one kind, for the first account, caller and method.
inline RateLimits Only(LimitKind kind, Limit limit) {
  RateLimits limits = OneAccount(kind == LimitKind::kAccount ? limit : Limit{}, {{}});
  if (kind == LimitKind::kCaller) limits.callers[0].limit = limit;
  if (kind == LimitKind::kMethod) {
    limits.callers[0].methods = std::make_shared<std::vector<Limit>>(std::vector<Limit>{limit});
  }
  return limits;
}

}  // namespace blooio::gateway
