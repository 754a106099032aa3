// So many lines of a kind a second, the rest only counted: what anybody may cause
// must not push the lines of others out of the log, whose queue is bounded.
//
//   LineBudget unknown_callers("unknown_caller", 50, clock);
//   if (unknown_callers.Take()) QueueLogLine(…);
//   unknown_callers.SayWhatWasLeftOut();   // now and then
//
// Thread-safe; takes a lock.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace blooio::gateway {

class LineBudget {
 public:
  // `clock` outlives the budget.
  LineBudget(std::string kind, uint64_t lines_a_second, const Clock& clock)
      : kind_(std::move(kind)), lines_a_second_(lines_a_second), clock_(clock) {}

  const std::string& kind() const { return kind_; }

  // Whether a line may be written now.
  bool Take();
  // How many might not, from the beginning.
  uint64_t left_out() const;
  // Logs how many were left out since it was last said, if any were.
  void SayWhatWasLeftOut();

 private:
  const std::string kind_;
  const uint64_t lines_a_second_;
  const Clock& clock_;

  mutable std::mutex mutex_;  // Guards what follows.
  int64_t second_ = 0;
  uint64_t taken_ = 0;  // In that second.
  uint64_t left_out_ = 0;
  uint64_t said_ = 0;
};

}  // namespace blooio::gateway
