#include "service/upstream/key_mask.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"

namespace blooio::gateway {
namespace {

constexpr size_t kShortestPart = 8;

// One character of a text, and how many bytes spell it.
struct Spelled {
  char character;
  size_t bytes;
};

// The character that hex digits behind a prefix spell; 0 bytes when they do not.
Spelled FromHex(std::string_view text, size_t prefix, size_t digits) {
  if (text.size() < prefix + digits) return {0, 0};
  unsigned value = 0;
  const char* end = text.data() + prefix + digits;
  const auto [stop, error] = std::from_chars(text.data() + prefix, end, value, 16);
  if (error != std::errc() || stop != end || value > 0x7f) return {0, 0};
  return {static_cast<char>(value), prefix + digits};
}

// Of a text that is not empty.
Spelled Next(std::string_view text) {
  Spelled spelled = {0, 0};
  if (text.starts_with("\\u")) {
    spelled = FromHex(text, 2, 4);
  } else if (text.front() == '%') {
    spelled = FromHex(text, 1, 2);
    // "%255f": encoded twice.
    while (spelled.bytes > 0 && spelled.character == '%') {
      const Spelled inner = FromHex(text, spelled.bytes, 2);
      if (inner.bytes == 0) break;
      spelled = inner;
    }
  } else if (text.front() == '\\' && text.size() > 1) {
    spelled = {text[1], 2};
  }
  return spelled.bytes > 0 ? spelled : Spelled{text.front(), 1};
}

// Bytes at the text's beginning that spell the key or enough of it, or 0.
size_t Spells(std::string_view key, std::string_view text) {
  size_t bytes = 0;
  size_t matched = 0;
  while (matched < key.size() && bytes < text.size()) {
    const Spelled next = Next(text.substr(bytes));
    if (absl::ascii_tolower(next.character) != absl::ascii_tolower(key[matched])) break;
    bytes += next.bytes;
    ++matched;
  }
  return matched >= std::min(key.size(), kShortestPart) ? bytes : 0;
}

}  // namespace

void MaskKey(std::string_view key, std::string& text) {
  if (key.empty()) return;
  std::string masked;
  size_t kept = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = Spells(key, std::string_view(text).substr(at));
    if (bytes == 0) {
      ++at;
      continue;
    }
    masked.append(text, kept, at - kept) += "***";
    kept = at += bytes;
  }
  if (kept == 0) return;
  text = masked.append(text, kept);
}

}  // namespace blooio::gateway
