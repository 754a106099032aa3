// What is asked for next, drawn from the seed: a third of reads, sends and new groups
// over both API versions, with and without a key, by callers of every manner.
//
// Threads: one at a time.
#pragma once

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "tests/soak/operation.h"

namespace blooio::soak {

class Mix {
 public:
  explicit Mix(uint64_t seed) : random_(seed) {}

  // Numbered from 1; reads and what happens once more get no number of their own.
  Operation Next();
  // Something that has happened under a key, to come back to.
  void Remember(const Operation& operation);
  uint64_t last_number() const { return last_number_; }

  // From 0 to 1, and below `end`.
  double Chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  size_t Below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }
  absl::Duration Between(absl::Duration least, absl::Duration most) {
    return least + (most - least) * Chance();
  }

 private:
  std::mt19937_64 random_;
  uint64_t last_number_ = 0;
  std::deque<Operation> done_;
};

}  // namespace blooio::soak
