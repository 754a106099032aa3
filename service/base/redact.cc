#include "service/base/redact.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "service/base/text.h"
#include "service/base/utf8.h"

namespace blooio::gateway {
namespace {

constexpr size_t kPhoneDigits = 7;

bool IsMailLocal(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0 ||
         std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
}
bool IsMailDomain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0 || c == '.' || c == '-';
}

// Percent-encoding hides an address from the eye, not from a reader.
std::string Unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && text[i + 1] == '2' &&
        (text[i + 2] == 'B' || text[i + 2] == 'b')) {
      plain += '+';
      i += 2;
    } else if (text[i] == '%' && i + 2 < text.size() && text[i + 1] == '4' && text[i + 2] == '0') {
      plain += '@';
      i += 2;
    } else {
      plain += text[i];
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
    size_t end = at + 1;
    while (end < text.size() && IsMailDomain(text[end])) ++end;
    if (begin == at || end == at + 1) continue;
    const size_t first = std::max<size_t>(Utf8SequenceLength(text.substr(begin)), 1);
    Append(&masked, text.substr(copied, begin - copied), text.substr(begin, first), "***@***");
    copied = end;
    at = end - 1;
  }
  return masked.append(text.substr(copied));
}

bool IsPhoneFiller(char c) { return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/'; }

std::string MaskPhones(std::string_view text) {
  std::string masked;
  for (size_t i = 0; i < text.size();) {
    const bool plus = text[i] == '+' || text[i] == '(';
    if (!plus && !absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) {
      masked += text[i++];
      continue;
    }
    std::string digits;
    size_t end = i + (plus ? 1 : 0);  // Just behind the last digit.
    for (size_t j = end; j < text.size(); ++j) {
      if (absl::ascii_isdigit(static_cast<unsigned char>(text[j]))) {
        digits += text[j];
        end = j + 1;
      } else if (!IsPhoneFiller(text[j])) {
        break;
      }
    }
    if (digits.size() >= kPhoneDigits) {
      Append(&masked, text[i] == '+' ? "+" : "", digits.substr(0, 1), "***",
             digits.substr(digits.size() - 2));
    } else {
      masked += text.substr(i, end - i);
    }
    i = end;
  }
  return masked;
}

}  // namespace

std::string MaskIdentifiers(std::string_view text) { return MaskPhones(MaskMail(Unescape(text))); }

std::string QuoteForPeople(std::string_view text, size_t max_bytes) {
  // Masking needs the whole run, so cut generously first and exactly last.
  std::string line;
  for (char c : RepairUtf8(text.substr(0, 16 * max_bytes))) {
    const auto byte = static_cast<uint8_t>(c);
    const bool blank = byte <= 0x20 || byte == 0x7F;
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line += blank ? ' ' : c;
  }
  // C1 controls (U+0080 to U+009F) and the line and paragraph separators.
  std::string clean;
  for (size_t i = 0; i < line.size();) {
    const size_t length = Utf8SequenceLength(std::string_view(line).substr(i));
    const std::string_view character(line.data() + i, length);
    const bool control =
        (length == 2 && character[0] == '\xC2' && static_cast<uint8_t>(character[1]) < 0xA0) ||
        character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9";
    if (!control) clean += character;
    i += length;
  }
  std::string masked = MaskIdentifiers(clean);
  masked.resize(TruncateUtf8(masked, max_bytes).size());
  absl::StripTrailingAsciiWhitespace(&masked);
  return masked;
}

std::string SafeCode(std::string_view text) {
  if (text.size() > 64) return "";
  size_t digits = 0;
  for (char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-') return "";
    digits += absl::ascii_isdigit(static_cast<unsigned char>(c)) ? 1 : 0;
  }
  return digits >= kPhoneDigits ? "" : std::string(text);
}

}  // namespace blooio::gateway
