// Text building with std::string_view. Debian's abseil is built with a
// string_view type of its own, which std::string_view does not convert to; this
// is the one place that bridges the two.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"

namespace blooio::gateway {

// `text` as abseil wants it. Same lifetime.
inline absl::string_view Piece(std::string_view text) { return {text.data(), text.size()}; }

template <class T>
decltype(auto) AsPiece(const T& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return Piece(value);
  } else {
    return (value);
  }
}

// absl::StrCat and absl::StrAppend that take std::string_view too.
template <class... Parts>
std::string Cat(const Parts&... parts) {
  return absl::StrCat(AsPiece(parts)...);
}
template <class... Parts>
void Append(std::string* out, const Parts&... parts) {
  absl::StrAppend(out, AsPiece(parts)...);
}

}  // namespace blooio::gateway
