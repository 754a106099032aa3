#include "tests/sandbox/identifiers.h"

#include <algorithm>
#include <set>

#include "tests/sandbox/json.h"
#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

bool IsUrlOf(std::string_view text, std::string_view scheme) {
  if (text.size() <= scheme.size() || !StartsWithIgnoreCase(text, scheme)) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

}  // namespace

bool IsPhone(std::string_view text) {
  if (text.size() < 8 || text.size() > 16 || text[0] != '+' || text[1] == '0') return false;
  return std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsEmail(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > ' ' && c != 0x7f && c != ','; });
}

bool IsIdentifier(std::string_view text) { return IsPhone(text) || IsEmail(text); }

std::string Canonical(std::string_view identifier) { return Lower(identifier); }

std::vector<std::string> DistinctIdentifiers(const std::vector<std::string>& identifiers) {
  std::vector<std::string> distinct;
  std::set<std::string> seen;
  for (const std::string& identifier : identifiers) {
    if (seen.insert(Canonical(identifier)).second) distinct.push_back(identifier);
  }
  return distinct;
}

std::string ParticipantKey(const std::vector<std::string>& identifiers) {
  std::set<std::string> people;
  for (const std::string& identifier : identifiers) people.insert(Canonical(identifier));
  return Join(people, ",");
}

bool IsIdempotencyKey(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

bool IsHttpsUrl(std::string_view text) { return IsUrlOf(text, "https://"); }

bool IsWebUrl(std::string_view text) { return IsHttpsUrl(text) || IsUrlOf(text, "http://"); }

bool IsUtf8(std::string_view text) {
  try {
    Json(text).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace blooio::sandbox
