#include "service/ratelimit/account_limiter.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

// Calls are held for tokens so long; whoever may wait as long waits in turn.
constexpr int64_t kHold = 50 * kMillisecond;

// Of the rate: what may be promised in all, and to those who are there. A bucket
// of one token cannot save up for a call between two promises that are close.
int64_t PromisedGain(const Pace& pace, const Limit& limit) {
  return pace.gain * 7 / (limit.burst < 2 ? 16 : 8);
}
int64_t SharedGain(const Pace& pace, const Limit& limit) { return pace.gain * 3 / (limit.burst < 2 ? 8 : 4); }

}  // namespace

void AccountLimiter::Configure(const AccountLimits& limits, const std::vector<Share>& callers,
                               const Terms& terms, Instant now) {
  const bool existed = limits_.limit.exists();
  const Pace before = pace_;
  limits_ = limits;
  terms_ = terms;
  SetPaces();
  if (existed) {
    bucket_.Refit(before, pace_, now);
  } else {
    bucket_ = {};
    if (leased()) bucket_.CloseUntil(pace_, now);
    if (feedback_.closed_until() > now) bucket_.CloseUntil(pace_, feedback_.closed_until());
  }
  RefitPromises(before, now);

  promises_of_.resize(callers.size());
  last_promise_of_.resize(callers.size());
  queue_.Configure(callers, limits_.reserve);
  promised_weight_ = 0;
  for (uint32_t caller = 0; caller < callers.size(); ++caller) {
    if (promises_of_[caller] > 0) promised_weight_ += queue_.weight(caller);
  }
}

void AccountLimiter::Use(const Terms& terms, Instant now) {
  const Pace before = pace_;
  terms_ = terms;
  lease_ = {};
  shared_share_ = kWhole;
  SetPaces();
  bucket_.Refit(before, pace_, now);
  if (terms.fills) bucket_ = {};
  if (leased()) bucket_.CloseUntil(pace_, now);
  RefitPromises(before, now);
}

void AccountLimiter::RefitPromises(const Pace& before, Instant now) {
  promises_.Refit(before, pace_);
  if (leased() || promises_.Owed(expected_.gain, now) > bucket_.Stock(pace_, now)) promises_.LetGo();
}

Instant AccountLimiter::Catch(Instant now) {
  now_ = std::max(now_, now);
  while (feedback_.next_rise() <= now_) {
    bucket_.Settle(pace_, feedback_.next_rise());
    feedback_.Rise();
    SetPaces();
  }
  while (const auto gone = promises_.Forget(now_)) Released(*gone);
  return now_;
}

AccountLimiter::Verdict AccountLimiter::Ask(const Call& call, bool ahead, Instant now) const {
  const Meter limit = meter();
  const bool limited = enforced();
  const bool payable = Payable(call, now);
  const bool room = HasRoom(call);
  Verdict verdict;
  verdict.would_refuse = limits_.limit.shadow && !payable && !limit.MayBeGranted(now);
  if (MayStart(call, now) && (ahead || queue_.empty())) return verdict;

  verdict.outcome = Outcome::kRefuse;
  verdict.shortage = ShortOf(call, now);
  const bool promised = ahead && !call.again && room;
  verdict.latest = promised ? call.deadline : std::min(call.deadline, Later(now, limits_.max_wait));
  const int64_t tokens = ahead ? call.cost : queue_.TokensUntil(call.caller, call.cost);
  verdict.forecast = limited ? limit.Soonest(tokens, now) : std::max(now, feedback_.closed_until());
  if (verdict.forecast > verdict.latest) return verdict;
  if (limited) verdict.forecast = limit.Forecast(tokens, now);
  // The forecast has all other promises claimed in time. Those that are late as well
  // leave their tokens to whoever was late before.
  if (verdict.forecast > verdict.latest && !promised) return verdict;
  if (!ahead && queue_.size() >= limits_.most_waiting && !queue_.Furthest(call.caller, call.cost)) {
    if (room) verdict.shortage = Shortage::kQueue;
    return verdict;
  }
  verdict.outcome = Outcome::kWait;
  return verdict;
}

bool AccountLimiter::IsToBeHeld(const Call& call, const Verdict& verdict, Instant now) const {
  const bool may_wait = verdict.outcome == Outcome::kWait && limits_.max_wait >= kHold;
  return leased() && enforced() && !call.leased && !may_wait && HasRoom(call) && queue_.empty() &&
         !Payable(call, now) && meter().MayBeGranted(now);
}

void AccountLimiter::Start(const Call& call, Instant now) {
  Charge(call, now);
  queue_.Served(call.caller, call.cost);
}

void AccountLimiter::Charge(const Call& call, Instant now) {
  if (limits_.limit.exists() && Payable(call, now)) {
    bucket_.Spend(pace_, now, pace_.token * call.cost);
    if (leased()) lease_.Spent(call.cost, now);
  } else {
    Lack(call, now);
  }
  if (!call.again) ++in_flight_;
}

bool AccountLimiter::Finish() {
  const bool was_full = full();
  --in_flight_;
  return was_full && !full() && !queue_.empty();
}

void AccountLimiter::Wait(const Waiting& waiting) {
  if (!waiting.ahead && queue_.size() >= limits_.most_waiting) {
    const auto furthest = queue_.Furthest(waiting.call.caller, waiting.call.cost);
    if (furthest) displaced_.push_back(queue_.TakeLast(*furthest));
  }
  queue_.Push(waiting);
}

void AccountLimiter::Advance(Instant now, std::vector<Waiting>* started, std::vector<Waiting>* refused) {
  refused->insert(refused->end(), displaced_.begin(), displaced_.end());
  displaced_.clear();
  while (auto expired = queue_.Expire(now)) refused->push_back(*expired);
  for (const Waiting* next = queue_.Next(); next != nullptr; next = queue_.Next()) {
    if (!MayStart(next->call, now)) break;
    started->push_back(queue_.Pop());
    Charge(started->back().call, now);
  }
}

Instant AccountLimiter::NextTurn(Instant now) const {
  if (!displaced_.empty()) return now;
  const Waiting* next = queue_.Next();
  if (next == nullptr) return kNever;
  const Instant expires = Later(queue_.first_latest(), 1);
  if (!HasRoom(next->call)) return expires;
  if (!enforced()) return std::max(now, feedback_.closed_until());
  // Leased tokens come by grants, not by time.
  if (leased()) return Payable(next->call, now) ? now : expires;
  // Earlier if a promise is not claimed, or the rate rises.
  const Instant freed = std::min(Later(promises_.NextDue(now), 1), feedback_.next_rise());
  return std::min({expires, freed, meter().Forecast(next->call.cost, now)});
}

bool AccountLimiter::MayPromise(uint32_t caller) const {
  // Nobody has more than are left for the others.
  return promises_of_[caller] < Promises::kMost - promises_.size();
}

Instant AccountLimiter::FirstPromise(const Call& call, Instant now) const {
  if (!enforced()) return std::max(now, feedback_.closed_until());
  const Instant turn = NextFree(call, now);
  if (promises_of_[call.caller] == 0) return turn;
  const int weight = queue_.weight(call.caller);
  const int64_t others = queue_.Weight([this](uint32_t caller) { return promises_of_[caller] == 0; });
  const Units share = pace_.token * call.cost * (promised_weight_ + others);
  const int64_t spacing = TimeToEarn(share, SharedGain(expected_, limits_.limit) * weight);
  return std::max(turn, Later(last_promise_of_[call.caller], spacing));
}

void AccountLimiter::Promised(const Promise& promise) {
  const auto caller = static_cast<uint32_t>(promise.who >> 32);
  if (promises_of_[caller]++ == 0) promised_weight_ += queue_.weight(caller);
  last_promise_of_[caller] = promise.due;
  promises_.Add(promise);
}

std::optional<Promise> AccountLimiter::Claim(uint64_t who, Instant now) {
  if (promises_.empty()) return std::nullopt;
  auto claimed = promises_.Claim(who, now);
  if (claimed) Released(*claimed);
  return claimed;
}

void AccountLimiter::Released(const Promise& promise) {
  const auto caller = static_cast<uint32_t>(promise.who >> 32);
  if (--promises_of_[caller] == 0) promised_weight_ -= queue_.weight(caller);
}

void AccountLimiter::Throttled(Instant now, Instant started, int64_t retry_after) {
  feedback_.Throttled(now, started, retry_after);
  bucket_.Settle(pace_, now);
  SetPaces();
  bucket_.CloseUntil(pace_, feedback_.closed_until());
  promises_.LetGo();
  lease_.CloseUntil(feedback_.closed_until());
}

Meter AccountLimiter::meter() const {
  return {LimitKind::kAccount, &limits_.limit, pace_,      expected_,
          promised_,           bucket_,        &promises_, leased() ? &lease_ : nullptr};
}

Refusal AccountLimiter::Describe(Shortage shortage, Instant forecast, Instant now) const {
  Refusal refusal{.shortage = shortage};
  if (limits_.limit.exists()) refusal = meter().Describe(shortage, forecast, now);
  refusal.limit = LimitKind::kAccount;
  refusal.in_flight = in_flight_;
  refusal.most_in_flight = limits_.most_in_flight;
  return refusal;
}

Instant AccountLimiter::NextFree(const Call& call, Instant now) const {
  if (!limits_.limit.exists()) return std::max(now, feedback_.closed_until());
  return meter().Forecast(queue_.TokensUntil(call.caller, call.cost), now);
}

void AccountLimiter::SetPaces() {
  pace_ = terms_.PaceOf(limits_.limit, feedback_.share());
  expected_ = leased() ? Pace::Of(limits_.limit, shared_share_) : pace_;
  promised_ = expected_;
  promised_.gain = PromisedGain(expected_, limits_.limit);
}

}  // namespace blooio::gateway
