// Keeps calls from an upstream that is down: what would fail anyway is refused at
// once, and the upstream is asked now and then whether it is back.
//
//   Circuit circuit(clock, randomness);              // one for each account and API
//   if (auto wait = circuit.Blocked()) …             // refused; worth a try after *wait
//   Circuit::Pass pass = circuit.TryPass();          // just before an attempt
//   if (!pass.allowed) …                             // refused; after pass.wait
//   circuit.Report(pass, Circuit::Sign::kFailed);    // exactly once for each pass allowed
//   circuit.Answered(took);                          // when the upstream answered it
//
// It opens after 5 attempts in a row that did not reach the upstream, or when half or more of
// at least 20 attempts that ended within 10 s failed. Open, it refuses everything for a time:
// 1 s at first, twice as long after each probe that fails, 30 s at most, and up to 20 % longer
// by jitter. Then one attempt at a time goes through as a probe, and the first that succeeds
// closes it. What the upstream says of a call, 4xx included, is a success.
//
// Attempts outlive what they were let through by: what one that began before the circuit
// last opened or closed has to tell is old, and changes nothing.
//
// Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace blooio::gateway {

class Circuit {
 public:
  // What an attempt says of the upstream.
  enum class Sign {
    kWell,
    // It answered that it is in trouble, or not at all.
    kFailed,
    // No connection could be made.
    kUnreachable,
    // Nothing: its caller went away, or had little time. A probe that ends so lets another
    // one go at once.
    kNothing,
  };
  struct Pass {
    bool allowed = true;
    // It finds out whether the upstream is back.
    bool probe = false;
    // When not allowed: until the next probe, or, while one is under way, until its
    // outcome should be known.
    absl::Duration wait = {};
    // For the circuit: how often it had opened or closed before.
    int64_t era = 0;
  };
  // Told when it opens, and when it closes: one at a time, in order, under its lock, so it
  // must not call back anything but open() and Typical().
  using Observer = std::function<void(bool open)>;

  // Both outlive it.
  Circuit(const Clock& clock, Randomness& randomness, Observer observer = nullptr);

  // For how long nothing goes through, or nothing when something may: cheap, takes nothing.
  std::optional<absl::Duration> Blocked() const;
  Pass TryPass();
  void Report(const Pass& pass, Sign sign);
  bool open() const { return IsOpen(era_.load(std::memory_order_relaxed)); }

  // How long the upstream took to answer, whatever it said; and takes as a rule: an average
  // in which the last eight weigh most. Zero until it has answered.
  void Answered(absl::Duration took);
  absl::Duration Typical() const { return absl::Nanoseconds(typical_.load(std::memory_order_relaxed)); }

 private:
  static constexpr int kSeconds = 10;
  // The attempts that ended in one second of the clock.
  struct Second {
    int64_t second = -1;
    int64_t ended = 0;
    int64_t failed = 0;
  };

  static bool IsOpen(int64_t era) { return era % 2 != 0; }

  // With mutex_ held.
  std::optional<absl::Duration> Wait() const;
  bool FailedTooOften(bool failed);
  void Open();
  void Close();
  void WaitForProbe();

  const Clock& clock_;
  Randomness& randomness_;
  const Observer observer_;
  // How often it has opened or closed: odd while it is open.
  std::atomic<int64_t> era_ = 0;
  std::atomic<int64_t> typical_ = 0;

  mutable std::mutex mutex_;
  std::array<Second, kSeconds> recent_ = {};
  int unreachable_in_a_row_ = 0;
  // While open:
  bool probing_ = false;
  int64_t next_probe_ = 0;
  absl::Duration delay_ = {};
};

}  // namespace blooio::gateway
