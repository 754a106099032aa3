// How many there were in about the last `kWindow` nanoseconds: those of the window
// under way and, as if evenly spread, of the one before.
#pragma once

#include <algorithm>

#include "service/ratelimit/limit.h"

namespace blooio::gateway {

template <int64_t kWindow>
class Recent {
 public:
  void Add(int64_t count, Instant now) {
    if (now >= begin_ + kWindow) {
      before_ = now < begin_ + 2 * kWindow ? count_ : 0;
      begin_ = before_ > 0 ? begin_ + kWindow : now;
      count_ = 0;
    }
    count_ += count;
  }
  int64_t Sum(Instant now) const {
    const auto rest = [&](Instant end) { return std::clamp<int64_t>(end - now, 0, kWindow); };
    return Part(count_, rest(begin_ + 2 * kWindow)) + Part(before_, rest(begin_ + kWindow));
  }

 private:
  static int64_t Part(int64_t count, int64_t rest) {
    return static_cast<int64_t>(Units{count} * rest / kWindow);
  }

  Instant begin_ = std::numeric_limits<Instant>::min() / 2;
  int64_t count_ = 0;
  int64_t before_ = 0;
};

}  // namespace blooio::gateway
