// Contract drift: what an upstream answer held that the contract does not, and
// that was survived. A bounded set of kinds, so that each can be a label.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace blooio::gateway {

enum class Drift {
  kUnknownKey,     // a key that no field mirrors; ignored
  kWrongType,      // a value of the wrong type; dropped
  kLenientNumber,  // a digit string or an integral float taken as an integer
  kUnknownEnum,    // an enum text this gateway does not know; _UNSPECIFIED
  kRepairedText,   // ill-formed UTF-8 or a lone surrogate; U+FFFD
  kDataWrapper,    // a "data" wrapper too many or too few
};
inline constexpr size_t kDriftKinds = 6;
inline constexpr std::array<std::string_view, kDriftKinds> kDriftNames = {
    "unknown_key", "wrong_type", "lenient_number", "unknown_enum", "repaired_text", "data_wrapper"};

// How often each kind was met in one answer.
struct DriftCounts {
  std::array<uint32_t, kDriftKinds> of{};

  void Count(Drift kind) { ++of[static_cast<size_t>(kind)]; }
  uint32_t operator[](Drift kind) const { return of[static_cast<size_t>(kind)]; }
  bool any() const { return of != std::array<uint32_t, kDriftKinds>{}; }
};

}  // namespace blooio::gateway
