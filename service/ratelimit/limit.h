// What a limit is, and the numbers that limits are counted in.
//
// Time is whole nanoseconds of a clock that never steps back. A rate is a fraction,
// so many tokens in so many nanoseconds, and a bucket is counted in units so small
// that what one nanosecond earns and what one token costs are both whole:
//
//   one token            = period x 1000 units
//   earned a nanosecond  = tokens x share units      (share: thousandths of the rate)
//
// So nothing is ever rounded: 3 a second is exactly 3n in n seconds for ever, also
// while the share changes under it. 128 bits hold 1 a day and 100,000 a second with
// room to spare.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace blooio::gateway {

using Instant = int64_t;
inline constexpr Instant kNever = std::numeric_limits<Instant>::max();
inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kSecond = 1'000'000'000;

__extension__ using Units = __int128;

// A whole, in thousandths.
inline constexpr int kWhole = 1000;

struct Rate {
  int64_t tokens = 0;
  int64_t period = kSecond;

  bool operator==(const Rate&) const = default;
};

// The simplest fraction within a billionth of `tokens`, which is positive: 0.1 is
// one in ten seconds, 1.0 / 86400 one in a day.
Rate PerSecond(double tokens);

// One limit as configured. Without burst there is none.
struct Limit {
  Rate rate = {};
  // Tokens that a full bucket holds.
  int64_t burst = 0;
  // Counted and not enforced.
  bool shadow = false;

  bool exists() const { return burst > 0; }
  bool operator==(const Limit&) const = default;
};

// A limit at the share of its rate that holds now, in units.
struct Pace {
  Units token = 0;
  Units capacity = 0;
  int64_t gain = 0;

  static Pace Of(const Limit& limit, int share = kWhole) {
    const Units token = static_cast<Units>(limit.rate.period) * kWhole;
    // With room for what less than a nanosecond earns: whoever takes each token at
    // the first whole nanosecond it is there would lose it to the brim otherwise.
    const Units brim = std::max<Units>(limit.rate.tokens * kWhole - 1, 0);
    return {token, token * limit.burst + brim, limit.rate.tokens * share};
  }
};

// `units` of one pace in those of another, rounded down: as many tokens.
Units Converted(Units units, const Pace& from, const Pace& to);
// Nanoseconds in which `gain` earns `units`, rounded up; kNever if it never does.
int64_t TimeToEarn(Units units, int64_t gain);
// `instant` + `time`, kNever at most.
inline Instant Later(Instant instant, int64_t time) {
  return time > kNever - instant ? kNever : instant + time;
}

}  // namespace blooio::gateway
