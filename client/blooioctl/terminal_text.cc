#include "client/blooioctl/terminal_text.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "service/base/utf8.h"

namespace blooio::client {
namespace {

// The code point that well-formed text of this length stands for.
uint32_t Decode(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  uint32_t value = sequence.size() == 1 ? lead : lead & (0x7fu >> sequence.size());
  for (const char c : sequence.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return value;
}

bool Harmful(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

std::string Escaped(uint32_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return absl::StrFormat("\\u%04x", c);
  }
}

std::string Escape(std::string_view text, bool keep_line_feeds) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = gateway::Utf8SequenceLength(text);
    const std::string_view sequence = text.substr(0, length);
    if (length == 0) {
      out += absl::StrFormat("\\x%02x", static_cast<unsigned char>(text[0]));
    } else if (Harmful(Decode(sequence)) && !(keep_line_feeds && sequence == "\n")) {
      out += Escaped(Decode(sequence));
    } else {
      out += sequence;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::string EscapeForTerminal(std::string_view text) { return Escape(text, false); }

std::string EscapeLinesForTerminal(std::string_view text) { return Escape(text, true); }

}  // namespace blooio::client
