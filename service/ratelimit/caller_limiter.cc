#include "service/ratelimit/caller_limiter.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

constexpr uint32_t kAllMethods = std::numeric_limits<uint32_t>::max();
const Limit kNoLimit;
const Bucket kFull;

uint64_t Key(uint32_t caller, uint32_t method) { return uint64_t{caller} << 32 | method; }

Meter MeterOf(LimitKind kind, const Limit& limit, const Bucket& bucket, const Promises* promises) {
  const Pace pace = Pace::Of(limit);
  return {kind, &limit, pace, pace, pace, &bucket, promises};
}

}  // namespace

CallerLimiter::CallerLimiter(const std::vector<CallerLimits>& limits, size_t shards)
    : limits_(limits), shards_(shards), callers_(limits.size() / shards + 1) {}

OwnMeters CallerLimiter::MetersOf(const Call& call) const {
  OwnMeters own;
  if (const Limit& limit = limits_[call.caller].limit; limit.exists()) {
    own.meters[own.count++] = MeterOf(LimitKind::kCaller, limit, callers_[call.caller / shards_].bucket,
                                      PromisesOf(Key(call.caller, kAllMethods)));
  }
  const uint64_t key = Key(call.caller, call.method);
  if (const Limit& limit = MethodLimit(key); limit.exists()) {
    const auto kept = methods_.find(key);
    own.meters[own.count++] =
        MeterOf(LimitKind::kMethod, limit, kept == methods_.end() ? kFull : kept->second, PromisesOf(key));
  }
  return own;
}

std::optional<Refusal> CallerLimiter::Ask(const Call& call, Instant now, unsigned* shadowed) {
  for (const Meter& meter : MetersOf(call)) {
    if (meter.Allows(call.cost, now)) continue;
    if (!meter.limit->shadow) return meter.Describe(Shortage::kRate, meter.Forecast(call.cost, now), now);
    *shadowed |= Bit(meter.kind);
  }
  const CallerLimits& limits = limits_[call.caller];
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
  const uint64_t key = Key(call.caller, call.method);
  const bool method = kind == LimitKind::kMethod;
  if (method && --spends_until_sweep_ == 0) Sweep(now);
  const Pace pace = Pace::Of(method ? MethodLimit(key) : limits_[call.caller].limit);
  Bucket& bucket = method ? methods_[key] : callers_[call.caller / shards_].bucket;
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

const Limit& CallerLimiter::MethodLimit(uint64_t key) const {
  const auto& methods = limits_[key >> 32].methods;
  const auto method = static_cast<uint32_t>(key);
  return methods != nullptr && method < methods->size() ? (*methods)[method] : kNoLimit;
}

const Promises* CallerLimiter::PromisesOf(uint64_t key) const {
  if (promises_.empty()) return nullptr;
  const auto found = promises_.find(key);
  return found == promises_.end() ? nullptr : &found->second;
}

void CallerLimiter::Sweep(Instant now) {
  absl::erase_if(methods_, [&](const auto& entry) {
    return entry.second.Full(Pace::Of(MethodLimit(entry.first)), now);
  });
  absl::erase_if(promises_, [now](auto& entry) {
    while (entry.second.Forget(now)) continue;
    return entry.second.empty();
  });
  if (methods_.size() < methods_.capacity() / 8) methods_.rehash(0);
  spends_until_sweep_ = std::max<size_t>(64, methods_.size() * 2);
}

}  // namespace blooio::gateway
