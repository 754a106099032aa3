#include "service/upstream/retry.h"

#include <algorithm>

namespace blooio::gateway {

void RetryBudget::Earn() {
  int64_t saved = saved_.load(std::memory_order_relaxed);
  while (saved < kMost) {
    if (saved_.compare_exchange_weak(saved, saved + 1, std::memory_order_relaxed)) return;
  }
}

bool RetryBudget::Spend() {
  int64_t saved = saved_.load(std::memory_order_relaxed);
  while (saved >= kRetry) {
    if (saved_.compare_exchange_weak(saved, saved - kRetry, std::memory_order_relaxed)) return true;
  }
  return false;
}

std::optional<absl::Duration> RetryAfter(const RetryQuestion& question, Randomness& randomness) {
  constexpr absl::Duration kFirst = absl::Milliseconds(100);
  constexpr int kMostDoublings = 6;
  if (question.attempts >= question.max_attempts) return std::nullopt;
  const absl::Duration most = kFirst * (1 << std::clamp(question.attempts - 1, 0, kMostDoublings));
  const absl::Duration asked = std::max(question.asked.value_or(absl::ZeroDuration()), absl::ZeroDuration());
  const absl::Duration wait = asked + most * randomness.Uniform();
  if (wait + question.typical >= question.left) return std::nullopt;
  return wait;
}

}  // namespace blooio::gateway
