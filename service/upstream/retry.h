// Whether and when an attempt is made once more. Says nothing about safety: that is the
// caller's to know (see errors/outcome.h).
//
//   RetryBudget budget;                    // one for the process
//   budget.Earn();                         // for each call
//   const auto wait = RetryAfter({…}, randomness);
//   if (wait && budget.Spend()) …         // after *wait
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace blooio::gateway {

// At most a fifth of recent calls is repeated: when everything fails, repeats must not
// make it worse. Each call adds a fifth of a retry, up to 100; so many there are at first.
// Thread-safe.
class RetryBudget {
 public:
  void Earn();
  // False: it is used up.
  bool Spend();

 private:
  static constexpr int64_t kRetry = 5;  // A call earns 1.
  static constexpr int64_t kMost = 100 * kRetry;
  std::atomic<int64_t> saved_ = kMost;
};

struct RetryQuestion {
  // Made so far, at least one, and allowed in all.
  int attempts = 1;
  int max_attempts = 3;
  // What the upstream asked for, if anything.
  std::optional<absl::Duration> asked = {};
  // Until the call has to be answered.
  absl::Duration left = {};
  // That an attempt takes as a rule: none is begun that cannot finish.
  absl::Duration typical = {};
};

// How long to wait before the next attempt; nothing when there should be none. Full
// jitter: anything up to 100 ms after the first attempt, 200 ms after the second, and
// so on; what was asked for comes first.
std::optional<absl::Duration> RetryAfter(const RetryQuestion& question, Randomness& randomness);

}  // namespace blooio::gateway
