// Callers' part in the leasing of tokens.
#include "service/ratelimit/caller_key.h"
#include "service/ratelimit/caller_limiter.h"

namespace blooio::gateway {

bool CallerLimiter::Lacks(const Call& call, Instant now) {
  if (!leased()) return false;
  bool lacks = false;
  for (const Meter& meter : MetersOf(call)) {
    if (meter.Allows(call.cost, now) || !meter.MayBeGranted(now)) continue;
    const uint64_t key = KeyOf(meter.kind, call);
    // A limit in shadow asks for tokens and holds nobody.
    lacks = lacks || !meter.limit->shadow;
    leases_[key].Lacked(call.cost, now);
    Schedule(key, now);
  }
  return lacks;
}

void CallerLimiter::Wishes(Instant now, size_t most, std::vector<LeaseWish>* wishes) {
  while (wishes->size() < most && leases_.next() <= now) {
    const uint64_t key = leases_.TakeNext();
    const Limit& limit = LimitAt(key);
    Lease& lease = leases_[key];
    const int64_t wish = limit.exists() ? lease.Wish(Bucketful(key, now), now) : 0;
    if (wish != 0) {
      lease.Asked(wish, now);
      wishes->push_back({LeaseKeyOf(key), limit, wish});
      const Pace pace = terms_.PaceOf(limit);
      if (wish < 0) Keep(key).Spend(pace, now, pace.token * -wish);
    } else if (const Instant due = limit.exists() ? lease.Due(Bucketful(key, now), now) : kNever;
               due != kNever || lease.out()) {
      leases_.Schedule(key, due);
    } else {
      leases_.Erase(key);
    }
  }
}

void CallerLimiter::Grant(const LeaseKey& key, int64_t tokens, Instant next_free, int luck, Instant now) {
  const uint64_t own = KeyOf(key);
  if (const Lease* lease = leases_.Find(own); lease == nullptr || !lease->out()) return;
  leases_[own].Granted(tokens, next_free, LimitAt(own), luck, now);
  const Pace pace = terms_.PaceOf(LimitAt(own));
  if (tokens > 0) Keep(own).Deposit(pace, now, pace.token * tokens);
  Schedule(own, now);
}

void CallerLimiter::ForgetWishes() {
  constexpr Instant kAtOnce = std::numeric_limits<Instant>::min();
  leases_.ForEach([&](uint64_t key, Lease& lease) {
    if (!lease.out()) return;
    lease.Forget();
    leases_.Schedule(key, kAtOnce);
  });
}

Lease::Bucketful CallerLimiter::Bucketful(uint64_t key, Instant now) const {
  const Pace pace = terms_.PaceOf(LimitAt(key));
  return {LimitAt(key), static_cast<int64_t>(BucketAt(key).Stock(pace, now) / pace.token)};
}

void CallerLimiter::Schedule(uint64_t key, Instant now) {
  const Lease& lease = leases_[key];
  const Instant due = lease.Due(Bucketful(key, now), now);
  // Nothing is left of it: Wishes erases it.
  leases_.Schedule(key, due == kNever && !lease.out() ? now : due);
}

}  // namespace blooio::gateway
