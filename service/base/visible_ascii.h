// Visible ASCII: what an HTTP header's value may hold without blanks.
#pragma once

#include <algorithm>
#include <string_view>

namespace blooio::gateway {

inline bool IsVisibleAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace blooio::gateway
