// What Blooio's own refusals (429 without a code) do to an account's rate: down by a
// factor, up again by steps (AIMD).
//
//   A 429        share = max(0.7 x share, 5 %), once per burst of them: those of
//                attempts that began before the last cut do not count again
//   quiet second share = min(share + 5 %, 100 %), counted from when the account
//                opens again
//
// Not thread-safe.
#pragma once

#include <algorithm>

#include "service/ratelimit/limit.h"

namespace blooio::gateway {

class Feedback {
 public:
  static constexpr int kFloor = 50;
  static constexpr int kStep = 50;

  // Of the configured rate, in thousandths.
  int share() const { return share_; }
  Instant closed_until() const { return closed_until_; }
  // When the share next rises; kNever while it is whole.
  Instant next_rise() const { return share_ == kWhole ? kNever : next_rise_; }
  void Rise() {
    share_ = std::min(share_ + kStep, kWhole);
    next_rise_ += kSecond;
  }

  // A 429 that an attempt begun at `started` got, asking to wait so long.
  void Throttled(Instant now, Instant started, int64_t retry_after) {
    if (started > last_cut_) {
      share_ = std::max(share_ * 7 / 10, kFloor);
      last_cut_ = now;
    }
    closed_until_ = std::max(closed_until_, Later(now, retry_after));
    next_rise_ = Later(closed_until_, kSecond);
  }

 private:
  static constexpr Instant kLongAgo = std::numeric_limits<Instant>::min();

  int share_ = kWhole;
  Instant last_cut_ = kLongAgo;
  Instant closed_until_ = kLongAgo;
  Instant next_rise_ = kNever;
};

}  // namespace blooio::gateway
