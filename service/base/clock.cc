#include "service/base/clock.h"

#include <openssl/rand.h>

#include <chrono>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace blooio::gateway {
namespace {

class RealClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
  int64_t Steady() const override {
    return absl::ToInt64Nanoseconds(absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()));
  }
};

class RealRandomness : public Randomness {
 public:
  uint64_t Next() override {
    uint64_t bits = 0;
    // Without randomness two callers would share keys: stop instead.
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits) != 1) std::abort();
    return bits;
  }
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

Randomness& SystemRandomness() {
  static RealRandomness randomness;
  return randomness;
}

std::string MakeUuid(Randomness& randomness) {
  const uint64_t high = (randomness.Next() & ~0xF000ULL) | 0x4000ULL;
  const uint64_t low = (randomness.Next() & ~(0xC0ULL << 56)) | (0x80ULL << 56);
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF,
                         low >> 48, low & 0xFFFFFFFFFFFFULL);
}

}  // namespace blooio::gateway
