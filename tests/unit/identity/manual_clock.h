// A clock that a test sets.
#pragma once

#include <atomic>

#include "service/base/clock.h"

namespace blooio::gateway {

class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time now) : seconds_(absl::ToUnixSeconds(now)) {}
  absl::Time Now() const override { return absl::FromUnixSeconds(seconds_); }
  void Set(absl::Time now) { seconds_ = absl::ToUnixSeconds(now); }
  void Advance(absl::Duration time) { seconds_ += absl::ToInt64Seconds(time); }

 private:
  std::atomic<int64_t> seconds_;
};

}  // namespace blooio::gateway
