#include "service/ratelimit/caller_limiter.h"

#include "service/ratelimit/caller_key.h"

namespace blooio::gateway {
namespace {

const Limit kNoLimit;

const Limit& LimitOf(const CallerLimits& caller, uint64_t key) {
  if (IsCallers(key)) return caller.limit;
  const uint32_t method = MethodOf(key);
  const auto& methods = caller.methods;
  return methods != nullptr && method < methods->size() ? (*methods)[method] : kNoLimit;
}

}  // namespace

void CallerLimiter::Configure(const std::vector<CallerLimits>& callers, const Terms& terms, Instant now) {
  callers_.resize((callers.size() + shards_ - 1 - first_) / shards_);
  const auto before = [&](uint64_t key) -> const Limit& { return LimitAt(key); };
  const auto after = [&](uint64_t key) -> const Limit& { return LimitOf(callers[key >> 32], key); };
  methods_.Refit(terms.greatest_cost, before, after, now);
  for (auto& [key, promises] : promises_) {
    promises.Refit(terms_.PaceOf(before(key)), terms.PaceOf(after(key)));
  }
  for (size_t place = first_; place < callers.size(); place += shards_) {
    Caller& caller = callers_[place / shards_];
    const Pace pace = terms.PaceOf(callers[place].limit);
    if (caller.limits.limit.exists()) {
      caller.bucket.Refit(terms_.PaceOf(caller.limits.limit), pace, now);
    } else {
      caller.bucket = {};
      if (leased()) caller.bucket.CloseUntil(pace, now);
    }
    caller.limits = callers[place];
  }
  terms_ = terms;
  KeepPromises(now);
}

void CallerLimiter::Use(const Terms& terms, Instant now) {
  for (Caller& caller : callers_) {
    const Pace pace = terms.PaceOf(caller.limits.limit);
    caller.bucket.Refit(terms_.PaceOf(caller.limits.limit), pace, now);
    if (terms.fills) caller.bucket = {};
    if (terms.leased()) caller.bucket.CloseUntil(pace, now);
  }
  methods_.Use(terms, now);
  leases_.Clear();
  terms_ = terms;
  KeepPromises(now);
}

void CallerLimiter::KeepPromises(Instant now) {
  for (auto& [key, promises] : promises_) {
    const Pace pace = terms_.PaceOf(LimitAt(key));
    if (promises.Owed(pace.gain, now) > BucketAt(key).Stock(pace, now)) promises.LetGo();
  }
}

OwnMeters CallerLimiter::MetersOf(const Call& call) const {
  static const Lease kNew;
  OwnMeters own;
  const auto add = [&](LimitKind kind, uint64_t key) {
    const Limit& limit = LimitAt(key);
    if (!limit.exists()) return;
    const Pace pace = terms_.PaceOf(limit);
    Meter& meter = own.meters[own.count++];
    meter = {kind, &limit, pace, pace, pace, BucketAt(key), PromisesOf(key)};
    if (!leased()) return;
    const Lease* lease = leases_.Find(key);
    meter.lease = lease == nullptr ? &kNew : lease;
    meter.expected = Pace::Of(limit);
  };
  add(LimitKind::kCaller, Key(call.caller, kAllMethods));
  add(LimitKind::kMethod, Key(call.caller, call.method));
  return own;
}

std::optional<Refusal> CallerLimiter::Ask(const Call& call, Instant now, unsigned* shadowed) {
  for (const Meter& meter : MetersOf(call)) {
    if (meter.Allows(call.cost, now)) continue;
    if (!call.leased && meter.MayBeGranted(now)) continue;
    if (!meter.limit->shadow) return meter.Describe(Shortage::kRate, meter.Forecast(call.cost, now), now);
    *shadowed |= Bit(meter.kind);
  }
  const CallerLimits& limits = At(call.caller).limits;
  const int64_t running = in_flight(call.caller);
  if (limits.most_in_flight == 0 || running < limits.most_in_flight) return std::nullopt;
  return Refusal{.limit = LimitKind::kCaller,
                 .shortage = Shortage::kInFlight,
                 .in_flight = running,
                 .most_in_flight = limits.most_in_flight};
}

void CallerLimiter::Take(const Call& call, Instant now) {
  for (const Meter& meter : MetersOf(call)) {
    if (meter.limit->shadow && !meter.Allows(call.cost, now)) continue;
    Spend(KeyOf(meter.kind, call), call.cost, now);
  }
  ++in_flight(call.caller);
}

void CallerLimiter::GiveBack(const Call& call, Instant since, Instant now) {
  for (const Meter& meter : MetersOf(call)) {
    // `now` is this account's; on another one the bucket may have been seen later.
    const Units earned = static_cast<Units>(meter.pace.gain) * (meter.bucket.earns_from(now) - since);
    const Units back = meter.Cost(call.cost) - earned;
    // Of one in shadow nobody knows whether it was charged.
    if (meter.limit->shadow || back <= 0) continue;
    Keep(KeyOf(meter.kind, call)).Deposit(meter.pace, now, back);
  }
  --in_flight(call.caller);
}

void CallerLimiter::Spend(uint64_t key, int64_t cost, Instant now) {
  if (!IsCallers(key)) Sweep(now);
  const Pace pace = terms_.PaceOf(LimitAt(key));
  Keep(key).Spend(pace, now, pace.token * cost);
  if (!leased()) return;
  leases_[key].Spent(cost, now);
  Schedule(key, now);
}

void CallerLimiter::Promised(const Call& call, Instant due, uint64_t id) {
  for (const Meter& meter : MetersOf(call)) {
    if (meter.limit->shadow) continue;
    promises_[KeyOf(meter.kind, call)].Add({due, meter.Cost(call.cost), Key(call.caller, call.method), id});
  }
}

void CallerLimiter::Released(const Call& call, uint64_t id) {
  for (const uint32_t method : {kAllMethods, call.method}) {
    const auto found = promises_.find(Key(call.caller, method));
    if (found == promises_.end()) continue;
    found->second.Remove(id);
    if (found->second.empty()) promises_.erase(found);
  }
}

bool CallerLimiter::MayPromise(const Call& call, Instant now) {
  for (const uint32_t method : {kAllMethods, call.method}) {
    const auto found = promises_.find(Key(call.caller, method));
    if (found == promises_.end()) continue;
    while (found->second.Forget(now)) continue;
    if (found->second.size() >= Promises::kMost) return false;
  }
  return true;
}

const Limit& CallerLimiter::LimitAt(uint64_t key) const { return LimitOf(At(CallerOf(key)).limits, key); }

Bucket CallerLimiter::BucketAt(uint64_t key) const {
  return IsCallers(key) ? At(CallerOf(key)).bucket : methods_.At(key, LimitAt(key));
}

Bucket& CallerLimiter::Keep(uint64_t key) {
  return IsCallers(key) ? At(CallerOf(key)).bucket : methods_.Keep(key, LimitAt(key));
}

const Promises* CallerLimiter::PromisesOf(uint64_t key) const {
  if (promises_.empty()) return nullptr;
  const auto found = promises_.find(key);
  return found == promises_.end() ? nullptr : &found->second;
}

void CallerLimiter::Sweep(Instant now) {
  const auto limit_at = [this](uint64_t key) -> const Limit& { return LimitAt(key); };
  if (!methods_.Sweep(limit_at, now)) return;
  absl::erase_if(promises_, [now](auto& entry) {
    while (entry.second.Forget(now)) continue;
    return entry.second.empty();
  });
}

}  // namespace blooio::gateway
