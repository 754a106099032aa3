// UTF-8 without surprises: counting, cutting and repairing. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace blooio::gateway {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

// Length in bytes of the well-formed sequence at the front of `text` (1 to 4),
// or 0 if there is none. Overlong forms, surrogates and values past U+10FFFF
// are ill-formed (Unicode 15, table 3-7).
size_t Utf8SequenceLength(std::string_view text);

bool IsValidUtf8(std::string_view text);

// Number of code points; each ill-formed byte counts as one.
size_t CountCodePoints(std::string_view text);

// The longest front part of at most `max_bytes` that ends between code points
// (an ill-formed byte stands for itself).
std::string_view TruncateUtf8(std::string_view text, size_t max_bytes);

// Every ill-formed byte replaced by U+FFFD.
std::string RepairUtf8(std::string_view text);

}  // namespace blooio::gateway
