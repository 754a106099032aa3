// How long to wait before trying again: a short time at first, doubling up to a longer
// one, each a fifth more or less, so that gateways that lost one server do not come
// back as one. What works for a moment only, again and again, is tried ever less often.
#pragma once

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace blooio::gateway {

class Backoff {
 public:
  struct Delays {
    absl::Duration first = absl::Milliseconds(100);
    absl::Duration most = absl::Seconds(1);
    // What has worked for so long is well.
    absl::Duration proof = absl::Seconds(1);
  };

  // `randomness` outlives it.
  Backoff(const Delays& delays, Randomness& randomness) : delays_(delays), randomness_(randomness) {}

  absl::Duration Next() {
    const absl::Duration delay = std::exchange(delay_, std::min(2 * delay_, delays_.most));
    return delay * (0.8 + 0.4 * randomness_.Uniform());
  }
  // It works no more, and has for so long.
  void Worked(absl::Duration time) {
    if (time >= delays_.proof) delay_ = delays_.first;
  }

 private:
  const Delays delays_;
  Randomness& randomness_;
  absl::Duration delay_ = delays_.first;
};

}  // namespace blooio::gateway
