// What Blooio's own refusals (429 without a code) do to an account's rate. Nobody
// says what Blooio allows, so the rate settles just below the one that was refused
// last and asks for more only now and then, as TCP CUBIC does.
//
//   A 429              closes the account for as long as it asks, R; and once per
//                      burst of them (those of attempts that began before the last
//                      cut do not count again) cuts the share, which becomes the peak:
//                        share = max(0.7, T / (T + R)) x peak
//                      T: how long the account had been open, at most a minute; 0
//                      before the first cut. R counts as a second at least.
//   n quiet seconds    from when it opens again:
//                        share = peak + (peak - cut) x ((n - 60) / 60)^5
//                      close to the peak after half a minute, at it after a minute,
//                      then faster and faster: twice as much is found within 210 s.
//   Always             5 % <= share <= 100 % of the configured rate.
//
// Who used all of the peak while open for T of T + R was let through T / (T + R) of it
// over both. Steadily, then, Blooio says no once a minute, which costs a second of that
// minute. The account opens empty: what it would have earned while it was closed
// Blooio need not have saved up.
//
// Not thread-safe.
#pragma once

#include <algorithm>

#include "service/ratelimit/limit.h"

namespace blooio::gateway {

class Feedback {
 public:
  // Of the configured rate, in thousandths.
  static constexpr int kFloor = 50;
  // What is left of the peak at least, in thousandths.
  static constexpr int64_t kDeepestCut = 700;
  // Quiet seconds from a cut back to the peak.
  static constexpr int64_t kReturn = 60;

  // Of the configured rate, in thousandths.
  int share() const { return share_; }
  Instant closed_until() const { return closed_until_; }
  // When the share is next to be looked at; kNever while it is whole.
  Instant next_rise() const { return share_ == kWhole ? kNever : next_rise_; }
  // Another quiet second.
  void Rise() {
    share_ = ShareAfter(++quiet_);
    next_rise_ += kSecond;
  }

  // A 429 that an attempt begun at `started` got, asking to wait so long.
  void Throttled(Instant now, Instant started, int64_t retry_after) {
    if (started > last_cut_) {
      const Instant opened = last_cut_ == kLongAgo ? started : closed_until_;
      const int64_t open = std::clamp<int64_t>(started - opened, 0, kReturn * kSecond);
      const int64_t closed = std::max(retry_after, kSecond);
      peak_ = share_;
      drop_ = peak_ - std::max(peak_ * kDeepestCut / kWhole, peak_ * open / Later(open, closed));
      last_cut_ = now;
    }
    closed_until_ = std::max(closed_until_, Later(now, retry_after));
    next_rise_ = Later(closed_until_, kSecond);
    share_ = ShareAfter(quiet_ = 0);
  }

 private:
  static constexpr Instant kLongAgo = std::numeric_limits<Instant>::min();

  // Rounded down; whole long before anything overflows.
  int ShareAfter(int64_t quiet) const {
    const auto fifth_power = [](int64_t x) { return x * x * x * x * x; };
    const int64_t unit = fifth_power(kReturn);
    const int64_t share = (peak_ * unit + drop_ * fifth_power(quiet - kReturn)) / unit;
    return static_cast<int>(std::clamp<int64_t>(share, kFloor, kWhole));
  }

  int share_ = kWhole;
  // The share that was refused, and by how much that was cut.
  int64_t peak_ = kWhole;
  int64_t drop_ = 0;
  int64_t quiet_ = 0;
  Instant last_cut_ = kLongAgo;
  Instant closed_until_ = kLongAgo;
  Instant next_rise_ = kNever;
};

}  // namespace blooio::gateway
