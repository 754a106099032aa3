#include "service/ratelimit/caller_limiter.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

constexpr uint32_t kAllMethods = std::numeric_limits<uint32_t>::max();
const Limit kNoLimit;
const Bucket kFull;

uint64_t Key(uint32_t caller, uint32_t method) { return uint64_t{caller} << 32 | method; }

const Limit& LimitOf(const CallerLimits& caller, uint64_t key) {
  const auto method = static_cast<uint32_t>(key);
  if (method == kAllMethods) return caller.limit;
  const auto& methods = caller.methods;
  return methods != nullptr && method < methods->size() ? (*methods)[method] : kNoLimit;
}

void Refit(Bucket* bucket, const Limit& before, const Limit& after, Instant now) {
  if (before == after) return;
  if (!before.exists())
    *bucket = {};
  else
    bucket->Refit(Pace::Of(before), Pace::Of(after), now);
}

Meter MeterOf(LimitKind kind, const Limit& limit, const Bucket& bucket, const Promises* promises) {
  const Pace pace = Pace::Of(limit);
  return {kind, &limit, pace, pace, pace, &bucket, promises};
}

}  // namespace

void CallerLimiter::Configure(const std::vector<CallerLimits>& callers, Instant now) {
  callers_.resize((callers.size() + shards_ - 1 - first_) / shards_);
  const auto after = [&](uint64_t key) -> const Limit& { return LimitOf(callers[key >> 32], key); };
  for (auto& [key, bucket] : methods_) Refit(&bucket, LimitAt(key), after(key), now);
  for (size_t place = first_; place < callers.size(); place += shards_) {
    Caller& caller = callers_[place / shards_];
    Refit(&caller.bucket, caller.limits.limit, callers[place].limit, now);
  }
  for (auto& [key, promises] : promises_) promises.Refit(Pace::Of(LimitAt(key)), Pace::Of(after(key)));

  for (size_t place = first_; place < callers.size(); place += shards_) {
    callers_[place / shards_].limits = callers[place];
  }
  absl::erase_if(methods_, [&](const auto& entry) { return !LimitAt(entry.first).exists(); });
  for (auto& [key, promises] : promises_) {
    const Pace pace = Pace::Of(LimitAt(key));
    if (promises.Owed(pace.gain, now) > BucketAt(key).Stock(pace, now)) promises.LetGo();
  }
}

OwnMeters CallerLimiter::MetersOf(const Call& call) const {
  OwnMeters own;
  const auto add = [&](LimitKind kind, uint64_t key) {
    const Limit& limit = LimitAt(key);
    if (limit.exists()) own.meters[own.count++] = MeterOf(kind, limit, BucketAt(key), PromisesOf(key));
  };
  add(LimitKind::kCaller, Key(call.caller, kAllMethods));
  add(LimitKind::kMethod, Key(call.caller, call.method));
  return own;
}

std::optional<Refusal> CallerLimiter::Ask(const Call& call, Instant now, unsigned* shadowed) {
  for (const Meter& meter : MetersOf(call)) {
    if (meter.Allows(call.cost, now)) continue;
    if (!meter.limit->shadow) return meter.Describe(Shortage::kRate, meter.Forecast(call.cost, now), now);
    *shadowed |= Bit(meter.kind);
  }
  const CallerLimits& limits = At(call.caller).limits;
  const int64_t running = in_flight(call.caller);
  if (limits.most_in_flight == 0 || running < limits.most_in_flight) return std::nullopt;
  if (!limits.limit.shadow) {
    return Refusal{.limit = LimitKind::kCaller,
                   .shortage = Shortage::kInFlight,
                   .in_flight = running,
                   .most_in_flight = limits.most_in_flight};
  }
  *shadowed |= Bit(LimitKind::kCaller);
  return std::nullopt;
}

void CallerLimiter::Take(const Call& call, Instant now) {
  for (const Meter& meter : MetersOf(call)) {
    if (!meter.limit->shadow || meter.Allows(call.cost, now)) Spend(call, meter.kind, now);
  }
  ++in_flight(call.caller);
}

void CallerLimiter::Spend(const Call& call, LimitKind kind, Instant now) {
  const bool method = kind == LimitKind::kMethod;
  if (method && --spends_until_sweep_ == 0) Sweep(now);
  const uint64_t key = Key(call.caller, method ? call.method : kAllMethods);
  Bucket& bucket = method ? methods_[key] : At(call.caller).bucket;
  const Pace pace = Pace::Of(LimitAt(key));
  bucket.Spend(pace, now, pace.token * call.cost);
}

void CallerLimiter::Promised(const Call& call, Instant due, uint64_t id) {
  for (const Meter& meter : MetersOf(call)) {
    if (meter.limit->shadow) continue;
    const uint32_t method = meter.kind == LimitKind::kMethod ? call.method : kAllMethods;
    promises_[Key(call.caller, method)].Add({due, meter.Cost(call.cost), Key(call.caller, call.method), id});
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

const Limit& CallerLimiter::LimitAt(uint64_t key) const {
  return LimitOf(At(static_cast<uint32_t>(key >> 32)).limits, key);
}

const Bucket& CallerLimiter::BucketAt(uint64_t key) const {
  if (static_cast<uint32_t>(key) == kAllMethods) return At(static_cast<uint32_t>(key >> 32)).bucket;
  const auto kept = methods_.find(key);
  return kept == methods_.end() ? kFull : kept->second;
}

const Promises* CallerLimiter::PromisesOf(uint64_t key) const {
  if (promises_.empty()) return nullptr;
  const auto found = promises_.find(key);
  return found == promises_.end() ? nullptr : &found->second;
}

void CallerLimiter::Sweep(Instant now) {
  absl::erase_if(methods_,
                 [&](const auto& entry) { return entry.second.Full(Pace::Of(LimitAt(entry.first)), now); });
  absl::erase_if(promises_, [now](auto& entry) {
    while (entry.second.Forget(now)) continue;
    return entry.second.empty();
  });
  if (methods_.size() < methods_.capacity() / 8) methods_.rehash(0);
  spends_until_sweep_ = std::max<size_t>(64, methods_.size() * 2);
}

}  // namespace blooio::gateway
