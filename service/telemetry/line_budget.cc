#include "service/telemetry/line_budget.h"

#include <utility>

#include "service/telemetry/log.h"

namespace blooio::gateway {

bool LineBudget::Take() {
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  std::lock_guard lock(mutex_);
  // A clock that is set back begins a second, too.
  if (std::exchange(second_, now) != now) taken_ = 0;
  if (taken_ < lines_a_second_) {
    ++taken_;
    return true;
  }
  ++left_out_;
  return false;
}

uint64_t LineBudget::left_out() const {
  std::lock_guard lock(mutex_);
  return left_out_;
}

void LineBudget::SayWhatWasLeftOut() {
  uint64_t total = 0;
  uint64_t lines = 0;
  {
    std::lock_guard lock(mutex_);
    total = left_out_;
    lines = total - std::exchange(said_, total);
  }
  if (lines == 0) return;
  Log(LogLevel::kWarning, "log_lines_left_out",
      {{"kind", kind_}, {"lines", std::to_string(lines)}, {"total", std::to_string(total)}});
}

}  // namespace blooio::gateway
