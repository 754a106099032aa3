// May the caller use this account? Says nothing about what exists: an account
// that is not granted and one that does not exist look the same.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace blooio::gateway {

// The granted account that `requested` names, the first one when it names none;
// null when it may not be used.
inline const std::string* ChooseAccount(std::span<const std::string> granted, std::string_view requested) {
  if (requested.empty()) return granted.empty() ? nullptr : &granted.front();
  auto found = std::find(granted.begin(), granted.end(), requested);
  return found == granted.end() ? nullptr : &*found;
}

}  // namespace blooio::gateway
