// Where a gateway's buckets get their tokens, when it is alone and when it shares its
// limits with others: then each bucket's tokens lie in one place, from which they are
// leased in small numbers.
#pragma once

#include <algorithm>
#include <compare>
#include <utility>

#include "service/ratelimit/decision.h"

namespace blooio::gateway {

enum class Supply {
  // This gateway alone: each bucket earns its rate by time.
  kOwn,
  // Nothing by time: tokens come by grants from the shared bucket.
  kLeased,
  // The shared bucket is away: a share of the rate and of the burst.
  kAlone,
};

// What holds for all buckets of a gateway.
struct Terms {
  Supply supply = Supply::kOwn;
  // Of the rate and the burst while alone, thousandths.
  int share = kWhole;
  // Of any call: no share of a burst is less.
  int64_t greatest_cost = 1;
  // Buckets that hold nothing yet begin full.
  bool fills = false;

  bool leased() const { return supply == Supply::kLeased; }
  bool operator==(const Terms&) const = default;

  // What a limit earns by time, at `part` thousandths of its rate, and holds.
  Pace PaceOf(const Limit& limit, int part = kWhole) const {
    if (supply == Supply::kOwn) return Pace::Of(limit, part);
    if (supply == Supply::kLeased) return Pace::Of(limit, 0);
    Limit shared = limit;
    const auto burst = static_cast<int64_t>(Units{limit.burst} * share / kWhole);
    shared.burst = std::min(limit.burst, std::max({burst, greatest_cost, int64_t{1}}));
    return Pace::Of(shared, std::max(part * share / kWhole, 1));
  }
};

// One shared bucket: an account's, a caller's, or a caller's for a method.
struct LeaseKey {
  LimitKind kind = LimitKind::kAccount;
  // Of the account or the caller.
  uint32_t place = 0;
  uint32_t method = 0;

  auto operator<=>(const LeaseKey&) const = default;
  template <class H>
  friend H AbslHashValue(H state, const LeaseKey& key) {
    return H::combine(std::move(state), key.kind, key.place, key.method);
  }
};

// To be asked of the shared bucket.
struct LeaseWish {
  LeaseKey key = {};
  // As it is for all gateways together.
  Limit limit = {};
  // Wanted; less than 0: given back.
  int64_t tokens = 0;
};

}  // namespace blooio::gateway
