#include "service/base/service_account.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

constexpr std::string_view kPrefix = "system:serviceaccount:";
constexpr size_t kLongestNamespace = 63;
constexpr size_t kLongestName = 253;

bool IsNameCharacter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

// Letters, digits and "-", the latter not at an end.
bool IsLabel(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

bool IsSubdomain(std::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    if (!IsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool IsServiceAccount(std::string_view text) {
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name_space = text.substr(0, colon);
  const std::string_view name = text.substr(colon + 1);
  return name_space.size() <= kLongestNamespace && IsLabel(name_space) && name.size() <= kLongestName &&
         IsSubdomain(name);
}

}  // namespace blooio::gateway
