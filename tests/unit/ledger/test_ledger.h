// What tests of ledgers need: operations, a clock, and answers as values.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/text.h"
#include "service/ledger/ledger.h"

namespace blooio::gateway {

// Also back, and apart from its steady time.
class SettableClock final : public Clock {
 public:
  explicit SettableClock(absl::Time now) : now_(now), steady_(absl::ToUnixNanos(now)) {}
  absl::Time Now() const override { return now_; }
  int64_t Steady() const override { return steady_; }
  void Pass(absl::Duration time) {
    now_ += time;
    steady_ += absl::ToInt64Nanoseconds(time);
  }
  void Set(absl::Time now) { Pass(now - now_); }
  void Step(absl::Duration time) { now_ += time; }

 private:
  absl::Time now_;
  int64_t steady_;
};

inline Operation OperationOf(int id, int payload = 0) {
  return {Sha256(Cat("operation ", id)), Sha256(Cat("payload ", payload))};
}

// Of a ledger that answers at once.
inline Found NowBegin(Ledger& ledger, const Operation& operation, const Claim& claim) {
  std::optional<Found> answer;
  ledger.Begin(operation, claim, [&answer](Found found) { answer = std::move(found); });
  return answer.value();
}
inline Found NowLook(Ledger& ledger, const OperationId& id) {
  std::optional<Found> answer;
  ledger.Look(id, [&answer](Found found) { answer = std::move(found); });
  return answer.value();
}

}  // namespace blooio::gateway
