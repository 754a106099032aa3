#include "service/ratelimit/rate_limiter.h"

#include <algorithm>
#include <utility>

namespace blooio::gateway {
namespace {

uint64_t Who(const Call& call) { return uint64_t{call.caller} << 32 | call.method; }

}  // namespace

Decision RateLimiter::Decide(const Call& call, Instant now) {
  Shard& shard = ShardOf(call.caller);
  Account& account = accounts_[call.account];
  std::lock_guard caller_lock(shard.mutex);
  std::lock_guard account_lock(account.mutex);
  now = account.limiter.Catch(now);
  const Decision decision = DecideLocked(call, *shard.callers, account, now);
  Announce(shard);
  Announce(account, now);
  return decision;
}

Decision RateLimiter::DecideLocked(const Call& call, CallerLimiter& callers, Account& account, Instant now) {
  AccountLimiter& limiter = account.limiter;
  const auto promise = call.again || limiter.leased() ? std::nullopt : limiter.Claim(Who(call), now);
  if (promise) callers.Released(call, promise->id);

  Decision decision;
  const auto refuse = [&](const Refusal& refusal) {
    decision.outcome = Outcome::kRefuse;
    decision.refusal = Refuse(call, refusal, callers, limiter, now);
    return decision;
  };
  if (!call.again) {
    if (const auto refusal = callers.Ask(call, now, &decision.shadowed)) return refuse(*refusal);
    if (callers.Lacks(call, now)) {
      limiter.Lack(call, now);
      return {.outcome = Outcome::kLease};
    }
  }
  const bool ahead = promise.has_value() || call.again;
  const AccountLimiter::Verdict verdict = limiter.Ask(call, ahead, now);
  if (verdict.outcome != Outcome::kStart && limiter.IsToBeHeld(call, verdict, now)) {
    limiter.Lack(call, now);
    return {.outcome = Outcome::kLease};
  }
  if (verdict.outcome == Outcome::kRefuse) {
    return refuse(limiter.Describe(verdict.shortage, verdict.forecast, now));
  }
  if (verdict.would_refuse) decision.shadowed |= Bit(LimitKind::kAccount);

  if (!call.again) callers.Take(call, now);
  if (decision.shadowed != 0) {
    account.shadowed += decision.Shadowed(LimitKind::kAccount) ? 1 : 0;
    callers.shadowed(call.caller) += (decision.shadowed & ~Bit(LimitKind::kAccount)) != 0 ? 1 : 0;
  }
  decision.outcome = verdict.outcome;
  if (verdict.outcome == Outcome::kStart) {
    limiter.Start(call, now);
    return decision;
  }
  decision.ticket = ++last_id_;
  decision.forecast = verdict.forecast;
  limiter.Wait({.ticket = decision.ticket,
                .call = call,
                .since = now,
                .latest = verdict.latest,
                .ahead = ahead,
                .shadowed = decision.shadowed});
  return decision;
}

Refusal RateLimiter::Refuse(const Call& call, Refusal refusal, CallerLimiter& callers,
                            AccountLimiter& account, Instant now) {
  if (refusal.shortage == Shortage::kInFlight) {
    // Whenever another call ends.
    refusal.retry_after = account.limits().max_wait;
  } else if (const Instant due = Promise(call, callers, account, now); due != kNever) {
    refusal.promised = true;
    refusal.retry_after = due - now;
  }
  refusal.retry_after = std::max(refusal.retry_after, kSoonest);
  return refusal;
}

Instant RateLimiter::Promise(const Call& call, CallerLimiter& callers, AccountLimiter& account, Instant now) {
  if (account.leased() || callers.leased()) return kNever;
  if (!account.MayPromise(call.caller) || !callers.MayPromise(call, now)) return kNever;
  const OwnMeters own = callers.MetersOf(call);
  // The first time that suits them all: each in turn moves it on until none does.
  Instant due = std::max(account.FirstPromise(call, now), now + kSoonest);
  Instant before = now;
  for (int tries = 0; due != before; ++tries) {
    if (due - now > kHorizon || tries == 64) return kNever;
    before = due = now + (due - now + kMillisecond - 1) / kMillisecond * kMillisecond;
    for (const Meter& meter : own) {
      if (!meter.limit->shadow) due = std::max(due, meter.Promisable(call.cost, now, due));
    }
    if (account.enforced()) due = std::max(due, account.meter().Promisable(call.cost, now, due));
  }
  const uint64_t id = ++last_id_;
  account.Promised({due, account.meter().Cost(call.cost), Who(call), id});
  callers.Promised(call, due, id);
  return due;
}

bool RateLimiter::Finish(const Call& call) {
  {
    Shard& shard = ShardOf(call.caller);
    std::lock_guard lock(shard.mutex);
    --shard.callers->in_flight(call.caller);
  }
  Account& account = accounts_[call.account];
  std::lock_guard lock(account.mutex);
  return account.limiter.Finish();
}

bool RateLimiter::Cancel(uint32_t account, uint64_t ticket) {
  std::optional<Waiting> gone;
  Instant now = 0;
  {
    std::lock_guard lock(accounts_[account].mutex);
    now = accounts_[account].limiter.Catch(kLongAgo);
    gone = accounts_[account].limiter.Cancel(ticket);
  }
  if (!gone) return false;
  if (gone->call.again) return true;
  Shard& shard = ShardOf(gone->call.caller);
  std::lock_guard lock(shard.mutex);
  shard.callers->GiveBack(gone->call, gone->since, now);
  return true;
}

std::vector<Turn> RateLimiter::Advance(uint32_t index, Instant now) {
  Account& account = accounts_[index];
  std::vector<Waiting> started, refused;
  {
    std::lock_guard lock(account.mutex);
    now = account.limiter.Catch(now);
    account.limiter.Advance(now, &started, &refused);
    Announce(account, now);
  }
  std::vector<Turn> turns;
  turns.reserve(started.size() + refused.size());
  for (const Waiting& waiting : started) {
    turns.push_back(
        {waiting.call.waiter, waiting.ticket, {.outcome = Outcome::kStart, .shadowed = waiting.shadowed}});
  }
  for (const Waiting& waiting : refused) {
    Shard& shard = ShardOf(waiting.call.caller);
    std::lock_guard caller_lock(shard.mutex);
    std::lock_guard account_lock(account.mutex);
    if (!waiting.call.again) shard.callers->GiveBack(waiting.call, waiting.since, now);
    now = account.limiter.Catch(now);
    const AccountLimiter& limiter = account.limiter;
    const Shortage shortage = waiting.latest >= now ? Shortage::kQueue : limiter.ShortOf(waiting.call, now);
    const Refusal refusal =
        Refuse(waiting.call, limiter.Describe(shortage, limiter.NextFree(waiting.call, now), now),
               *shard.callers, account.limiter, now);
    turns.push_back({waiting.call.waiter,
                     waiting.ticket,
                     {.outcome = Outcome::kRefuse, .refusal = refusal, .shadowed = waiting.shadowed}});
  }
  return turns;
}

Instant RateLimiter::NextTurn(uint32_t account, Instant now) {
  std::lock_guard lock(accounts_[account].mutex);
  AccountLimiter& limiter = accounts_[account].limiter;
  return limiter.NextTurn(limiter.Catch(now));
}

void RateLimiter::Throttled(uint32_t account, Instant now, Instant started, int64_t retry_after) {
  std::lock_guard lock(accounts_[account].mutex);
  AccountLimiter& limiter = accounts_[account].limiter;
  limiter.Throttled(limiter.Catch(now), started, retry_after);
}

LimitState RateLimiter::Peek(LimitKind kind, const Call& call, Instant now) {
  Shard& shard = ShardOf(call.caller);
  Account& account = accounts_[call.account];
  std::lock_guard caller_lock(shard.mutex);
  std::lock_guard account_lock(account.mutex);
  now = account.limiter.Catch(now);
  LimitState state = {.numbers = {.limit = kind}, .next_free = now};
  if (kind == LimitKind::kAccount) {
    state.next_free = account.limiter.NextFree(call, now);
    state.numbers = account.limiter.Describe(Shortage::kNone, state.next_free, now);
    state.waiting = account.limiter.queue().size();
    state.promised = account.limiter.promised();
    state.shadowed = account.shadowed;
    return state;
  }
  for (const Meter& meter : shard.callers->MetersOf(call)) {
    if (meter.kind != kind) continue;
    state.next_free = meter.Forecast(call.cost, now);
    state.numbers = meter.Describe(Shortage::kNone, state.next_free, now);
    state.promised = meter.promises == nullptr ? 0 : meter.promises->size();
  }
  if (kind == LimitKind::kCaller) {
    state.numbers.in_flight = shard.callers->in_flight(call.caller);
    state.numbers.most_in_flight = shard.callers->most_in_flight(call.caller);
    state.waiting = account.limiter.queue().size(call.caller);
    state.shadowed = shard.callers->shadowed(call.caller);
  }
  return state;
}

}  // namespace blooio::gateway
