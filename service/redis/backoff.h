// How long to wait before trying again: 100 ms at first, doubling up to 1 s, each a
// fifth more or less, so that gateways that lost one server do not come back as one.
#pragma once

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace blooio::gateway {

class Backoff {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(100);
  static constexpr absl::Duration kMost = absl::Seconds(1);

  // `randomness` outlives it.
  explicit Backoff(Randomness& randomness) : randomness_(randomness) {}

  absl::Duration Next() {
    const absl::Duration delay = std::exchange(delay_, std::min(2 * delay_, kMost));
    return delay * (0.8 + 0.4 * randomness_.Uniform());
  }
  void Reset() { delay_ = kFirst; }

 private:
  Randomness& randomness_;
  absl::Duration delay_ = kFirst;
};

}  // namespace blooio::gateway
