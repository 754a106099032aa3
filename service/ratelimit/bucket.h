// A token bucket: GCRA, kept as what is missing from full instead of as the time
// when it will be full, so that its rate may change under way and nothing is
// rounded.
//
//   Bucket bucket;                                        // full
//   const Pace pace = Pace::Of(limit);
//   if (bucket.Stock(pace, now) >= pace.token) bucket.Spend(pace, now, pace.token);
//
// Whoever spends no more than the stock keeps the limit: over any window no more
// than burst + rate x window is spent, a window being one nanosecond longer than
// from its first to its last spending. Not thread-safe. A bucket that is full is
// the same as a new one, and need not be kept.
#pragma once

#include <algorithm>

#include "service/ratelimit/limit.h"

namespace blooio::gateway {

class Bucket {
 public:
  Units Stock(const Pace& pace, Instant now) const { return pace.capacity - Missing(pace, now); }
  bool Full(const Pace& pace, Instant now) const { return Missing(pace, now) == 0; }

  // From when on it earns: in the future while it is closed.
  Instant earns_from(Instant now) const { return std::max(now, as_of_); }

  // Brings it up to `now`; needed before its pace changes.
  void Settle(const Pace& pace, Instant now) {
    missing_ = Missing(pace, now);
    as_of_ = std::max(as_of_, now);
  }
  void Spend(const Pace& pace, Instant now, Units units) {
    Settle(pace, now);
    missing_ += units;
  }
  // Units that were earned elsewhere; what does not fit is lost.
  void Deposit(const Pace& pace, Instant now, Units units) {
    Settle(pace, now);
    missing_ = std::max<Units>(missing_ - units, 0);
  }
  // Keeps its tokens, as far as they fit, when the limit changes.
  void Refit(const Pace& before, const Pace& after, Instant now) {
    const Units stock = Converted(Stock(before, now), before, after);
    Settle(before, now);
    missing_ = std::max<Units>(after.capacity - stock, 0);
  }
  // Empty, and earns nothing until then.
  void CloseUntil(const Pace& pace, Instant until) {
    missing_ = pace.capacity;
    as_of_ = std::max(as_of_, until);
  }

 private:
  Units Missing(const Pace& pace, Instant now) const {
    if (now <= as_of_) return missing_;
    return std::max<Units>(missing_ - static_cast<Units>(pace.gain) * (now - as_of_), 0);
  }

  Units missing_ = 0;
  Instant as_of_ = std::numeric_limits<Instant>::min() / 2;
};

}  // namespace blooio::gateway
