#include "service/upstream/circuit.h"

#include <algorithm>
#include <utility>

namespace blooio::gateway {
namespace {

constexpr int kUnreachableInARow = 5;
constexpr int64_t kFewestAttempts = 20;
constexpr absl::Duration kFirstDelay = absl::Seconds(1);
constexpr absl::Duration kMostDelay = absl::Seconds(30);
constexpr double kJitter = 0.2;
constexpr int64_t kWeight = 8;
constexpr int64_t kNanosInSecond = 1'000'000'000;

}  // namespace

Circuit::Circuit(const Clock& clock, Randomness& randomness, Observer observer)
    : clock_(clock), randomness_(randomness), observer_(std::move(observer)) {}

std::optional<absl::Duration> Circuit::Blocked() const {
  if (!open()) return std::nullopt;
  std::lock_guard lock(mutex_);
  return Wait();
}

// Until something may go through; nothing when it may.
std::optional<absl::Duration> Circuit::Wait() const {
  if (!open()) return std::nullopt;
  if (probing_) return kFirstDelay;
  const int64_t left = next_probe_ - clock_.Steady();
  if (left <= 0) return std::nullopt;
  return absl::Nanoseconds(left);
}

Circuit::Pass Circuit::TryPass() {
  const int64_t era = era_.load(std::memory_order_relaxed);
  if (!IsOpen(era)) return {.era = era};
  std::lock_guard lock(mutex_);
  if (const auto wait = Wait()) return {.allowed = false, .wait = *wait};
  probing_ = open();
  return {.probe = probing_, .era = era_.load(std::memory_order_relaxed)};
}

void Circuit::Report(const Pass& pass, Sign sign) {
  std::lock_guard lock(mutex_);
  if (pass.era != era_.load(std::memory_order_relaxed)) return;
  if (pass.probe) {
    probing_ = false;
    if (sign == Sign::kWell) return Close();
    if (sign == Sign::kNothing) return;
    delay_ = std::min(2 * delay_, kMostDelay);
    return WaitForProbe();
  }
  if (sign == Sign::kNothing) return;
  unreachable_in_a_row_ = sign == Sign::kUnreachable ? unreachable_in_a_row_ + 1 : 0;
  const bool too_often = FailedTooOften(sign != Sign::kWell);
  if (too_often || unreachable_in_a_row_ >= kUnreachableInARow) Open();
}

bool Circuit::FailedTooOften(bool failed) {
  const int64_t now = clock_.Steady() / kNanosInSecond;
  Second& current = recent_[now % kSeconds];
  if (current.second != now) current = {.second = now};
  ++current.ended;
  if (!failed) return false;
  ++current.failed;
  int64_t ended_in_all = 0, failed_in_all = 0;
  for (const Second& one : recent_) {
    if (one.second <= now - kSeconds) continue;
    ended_in_all += one.ended;
    failed_in_all += one.failed;
  }
  return ended_in_all >= kFewestAttempts && 2 * failed_in_all >= ended_in_all;
}

void Circuit::Open() {
  era_.fetch_add(1, std::memory_order_relaxed);
  delay_ = kFirstDelay;
  WaitForProbe();
  if (observer_) observer_(true);
}

void Circuit::Close() {
  era_.fetch_add(1, std::memory_order_relaxed);
  recent_ = {};
  unreachable_in_a_row_ = 0;
  if (observer_) observer_(false);
}

void Circuit::WaitForProbe() {
  const absl::Duration wait = delay_ * (1 + kJitter * randomness_.Uniform());
  next_probe_ = clock_.Steady() + absl::ToInt64Nanoseconds(wait);
}

void Circuit::Answered(absl::Duration took) {
  const int64_t last = std::max<int64_t>(absl::ToInt64Nanoseconds(std::min(took, absl::Hours(1))), 1);
  const int64_t known = typical_.load(std::memory_order_relaxed);
  // Of two at once one may be forgotten.
  typical_.store(known == 0 ? last : known + (last - known) / kWeight, std::memory_order_relaxed);
}

}  // namespace blooio::gateway
