#include "service/base/redact.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "service/base/text.h"
#include "service/base/utf8.h"

namespace blooio::gateway {
namespace {

constexpr size_t kPhoneDigits = 7;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

bool IsAlnumOrForeign(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0;
}
bool IsMailLocal(char c) {
  return IsAlnumOrForeign(c) || std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
}
bool IsMailDomain(char c) { return IsAlnumOrForeign(c) || c == '.' || c == '-'; }
// What ends even an address of an odd form, such as "j doe"@[10.0.0.1].
bool EndsAnything(char c) { return static_cast<uint8_t>(c) <= 0x20 || c == ',' || c == '<' || c == '>'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Percent-encoding hides an address from the eye, not from a reader. Printable
// ASCII only; what decoding makes is decoded again ("%252B").
std::string Unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (char c : text) {
    plain += c;
    for (size_t n = plain.size(); n >= 3 && plain[n - 3] == '%'; n = plain.size()) {
      const int high = HexValue(plain[n - 2]);
      const int low = HexValue(plain[n - 1]);
      const int byte = high * 16 + low;
      if (high < 0 || low < 0 || byte < 0x20 || byte > 0x7E) break;
      plain.resize(n - 3);
      plain += static_cast<char>(byte);
    }
  }
  return plain;
}

std::string MaskMail(std::string_view text) {
  std::string masked;
  size_t copied = 0;
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    size_t begin = at;
    while (begin > copied && IsMailLocal(text[begin - 1])) --begin;
    if (begin == at) {
      while (begin > copied && !EndsAnything(text[begin - 1])) --begin;
    }
    size_t end = at + 1;
    while (end < text.size() && IsMailDomain(text[end])) ++end;
    if (end == at + 1) {
      while (end < text.size() && !EndsAnything(text[end])) ++end;
    }
    if (begin == at || end == at + 1) continue;
    const size_t first = std::max<size_t>(Utf8SequenceLength(text.substr(begin)), 1);
    Append(&masked, text.substr(copied, begin - copied), text.substr(begin, first), "***@***");
    copied = end;
    at = end - 1;
  }
  return masked.append(text.substr(copied));
}

// Length of the blank, dash or bracket at the front of `text` that people write
// between the digits of a phone number, or 0.
size_t PhoneFillerLength(std::string_view text) {
  if (std::string_view(" -.()[]/+_~\t\r\n").find(text[0]) != std::string_view::npos) return 1;
  // No-break space, soft hyphen, middle dot; the spaces, dashes and invisible
  // characters of U+2000 to U+206F; minus, ideographic space, no-break nothing.
  for (std::string_view filler :
       {"\xC2\xA0", "\xC2\xAD", "\xC2\xB7", "\xE2\x88\x92", "\xE3\x80\x80", "\xEF\xBB\xBF"}) {
    if (text.substr(0, filler.size()) == filler) return filler.size();
  }
  const std::string_view lead = text.substr(0, 2);
  return lead == "\xE2\x80" || lead == "\xE2\x81" ? Utf8SequenceLength(text) : 0;
}

std::string MaskPhones(std::string_view text) {
  std::string masked;
  for (size_t i = 0; i < text.size();) {
    const bool opens = text[i] == '+' || text[i] == '(';
    if (!opens && !IsDigit(text[i])) {
      masked += text[i++];
      continue;
    }
    std::string digits;
    size_t end = i + (opens ? 1 : 0);  // Just behind the last digit.
    size_t j = end;
    while (j < text.size()) {
      if (IsDigit(text[j])) {
        digits += text[j];
        end = ++j;
      } else if (const size_t filler = PhoneFillerLength(text.substr(j)); filler > 0) {
        j += filler;
      } else {
        break;
      }
    }
    if (digits.size() >= kPhoneDigits) {
      Append(&masked, text[i] == '+' ? "+" : "", digits.substr(0, 1), "***",
             digits.substr(digits.size() - 2));
    } else {
      if (digits.empty()) end = j;
      masked += text.substr(i, end - i);
    }
    i = end;
  }
  return masked;
}

// Controls (C0, DEL, C1), blanks, and the line and paragraph separators.
bool IsBlank(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return first <= 0x20 || first == 0x7F;
  return (character.size() == 2 && first == 0xC2 && static_cast<uint8_t>(character[1]) <= 0xA0) ||
         character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9";
}

// What has no width or turns the direction of writing: it can only deceive.
bool IsInvisible(std::string_view character) {
  if (character == "\xEF\xBB\xBF") return true;
  if (character.size() != 3 || character[0] != '\xE2') return false;
  const auto second = static_cast<uint8_t>(character[1]);
  const auto third = static_cast<uint8_t>(character[2]);
  if (second == 0x80) return (third >= 0x8B && third <= 0x8F) || (third >= 0xAA && third <= 0xAE);
  return second == 0x81 && third >= 0xA0 && third <= 0xAF;
}

}  // namespace

std::string MaskIdentifiers(std::string_view text) { return MaskPhones(MaskMail(Unescape(text))); }

std::string QuoteForPeople(std::string_view text, size_t max_bytes) {
  // Masking needs the whole run, so cut generously first and exactly last.
  const std::string sound = RepairUtf8(TruncateUtf8(text, 16 * max_bytes));
  std::string line;
  for (std::string_view rest = sound; !rest.empty();) {
    const std::string_view character = rest.substr(0, Utf8SequenceLength(rest));
    rest.remove_prefix(character.size());
    if (IsInvisible(character)) continue;
    if (!IsBlank(character)) {
      line += character;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  std::string masked = MaskIdentifiers(line);
  masked.resize(TruncateUtf8(masked, max_bytes).size());
  absl::StripTrailingAsciiWhitespace(&masked);
  return masked;
}

std::string SafeCode(std::string_view text) {
  if (text.size() > 64) return "";
  size_t digits = 0;
  for (char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-') return "";
    digits += IsDigit(c) ? 1 : 0;
  }
  return digits >= kPhoneDigits ? "" : std::string(text);
}

}  // namespace blooio::gateway
