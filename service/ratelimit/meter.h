// A bucket with the promises made on it: what a decision asks of a limit, whether it
// is an account's, a caller's or a method's. A view, made anew for each decision.
#pragma once

#include "service/ratelimit/bucket.h"
#include "service/ratelimit/decision.h"
#include "service/ratelimit/lease.h"
#include "service/ratelimit/promises.h"

namespace blooio::gateway {

struct Meter {
  LimitKind kind = LimitKind::kAccount;
  const Limit* limit = nullptr;
  // What time earns, what is to be expected, and what of that may be promised.
  Pace pace = {};
  Pace expected = {};
  Pace promised = {};
  Bucket bucket = {};
  // Null: none.
  const Promises* promises = nullptr;
  // Null: it earns its tokens itself. Otherwise `expected` is that of all gateways.
  const Lease* lease = nullptr;

  Units Cost(int64_t cost) const { return pace.token * cost; }

  // Whether a call can start now and all promises be kept.
  bool Allows(int64_t cost, Instant now) const {
    const Units left = bucket.Stock(pace, now) - Cost(cost);
    return left >= 0 && (promises == nullptr || left >= promises->Owed(expected.gain, now));
  }
  // The shared bucket may have what is missing here.
  bool MayBeGranted(Instant now) const { return lease != nullptr && !lease->Empty(now); }
  // When a call can be promised to start.
  Instant Promisable(int64_t cost, Instant now, Instant not_before) const {
    return Earliest(promised, Cost(cost), now, not_before);
  }
  // When the last of so many tokens' worth of calls can start, one after another.
  Instant Forecast(int64_t tokens, Instant now) const {
    if (lease != nullptr) return Soonest(tokens, now);
    Pace endless = expected;
    endless.capacity = Units{1} << 120;
    return Earliest(endless, Cost(tokens), now, now);
  }
  // The same if there were no promises: it will not be sooner, and is quickly said.
  Instant Soonest(int64_t tokens, Instant now) const {
    const Units missing = Cost(tokens) - bucket.Stock(pace, now);
    if (lease != nullptr) return lease->Forecast(missing, expected, now);
    return Later(bucket.earns_from(now), TimeToEarn(missing, expected.gain));
  }

  // The limit's numbers, for a call that lacks something until `forecast`.
  Refusal Describe(Shortage shortage, Instant forecast, Instant now) const {
    const Units stock = bucket.Stock(pace, now);
    return {.limit = kind,
            .shortage = shortage,
            .retry_after = forecast == kNever ? kNever : forecast - now,
            .rate = static_cast<double>(expected.gain) * kSecond / static_cast<double>(pace.token),
            .burst = limit->burst,
            .remaining = static_cast<int64_t>(stock / pace.token)};
  }

 private:
  Instant Earliest(const Pace& plan, Units units, Instant now, Instant not_before) const {
    static const Promises kNone;
    const Promises::Level level = {bucket.earns_from(now), bucket.Stock(pace, now)};
    return (promises == nullptr ? kNone : *promises).Earliest(plan, level, units, not_before);
  }
};

}  // namespace blooio::gateway
