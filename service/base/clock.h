// The time and the chance that stages work with, passed in so that tests decide
// both. Implementations are thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace blooio::gateway {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // Nanoseconds from some fixed point; never steps back, whatever is done to the
  // time of day.
  virtual int64_t Steady() const { return absl::ToUnixNanos(Now()); }
};

class Randomness {
 public:
  virtual ~Randomness() = default;
  // Unpredictable 64 bits: keys are made of them.
  virtual uint64_t Next() = 0;
  // In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
};

// The machine's own; live for ever.
const Clock& SystemClock();
Randomness& SystemRandomness();

// A random (version 4) UUID, RFC 4122, such as
// "3f2b8c1e-5a4d-4e6f-9b0a-1c2d3e4f5a6b".
std::string MakeUuid(Randomness& randomness);

}  // namespace blooio::gateway
