#include "service/base/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "service/base/eight_bytes.h"
#include "service/base/utf8.h"

namespace blooio::gateway {
namespace {

constexpr size_t kEscapeLength = 6;  // \uXXXX

// Value of the \uXXXX escape at the front of `text`, or -1.
int EscapedUnit(std::string_view text) {
  if (text.size() < kEscapeLength || text[0] != '\\' || text[1] != 'u') return -1;
  int unit = 0;
  const char* end = text.data() + kEscapeLength;
  auto [stop, error] = std::from_chars(text.data() + 2, end, unit, 16);
  return error == std::errc() && stop == end ? unit : -1;
}

bool IsHighSurrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Length of what stands at the front of `text` and is fine as it is: one
// character or one whole escape. 0 when it has to be replaced.
size_t SoundLength(std::string_view text) {
  if (text[0] != '\\') return Utf8SequenceLength(text);
  const int unit = EscapedUnit(text);
  if (IsHighSurrogate(unit)) {
    return IsLowSurrogate(EscapedUnit(text.substr(kEscapeLength))) ? 2 * kEscapeLength : 0;
  }
  if (IsLowSurrogate(unit)) return 0;
  // Another escape: the character after the backslash is no escape of its own.
  return text.size() > 1 && static_cast<uint8_t>(text[1]) < 0x80 ? 2 : 1;
}

size_t SoundPrefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80 && byte != '\\') {
      const uint64_t word = EightBytes(text.substr(i), ' ');
      i += AnyFrom(word, 0x80) || AnyIs(word, '\\') ? 1 : std::min(sizeof word, text.size() - i);
      continue;
    }
    const size_t length = SoundLength(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return i;
}

// Whether eight bytes stand in a JSON string as they are.
bool IsPlain(uint64_t word) {
  return !AnyBelow(word, ' ') && !AnyFrom(word, 0x80) && !AnyIs(word, '"') && !AnyIs(word, '\\');
}

}  // namespace

std::string_view RepairJsonText(std::string_view json, std::string& storage) {
  size_t sound = SoundPrefix(json);
  if (sound == json.size()) return json;
  storage.clear();
  storage.reserve(json.size() + 16);
  while (true) {
    storage += json.substr(0, sound);
    json.remove_prefix(sound);
    if (json.empty()) return storage;
    storage += kReplacementCharacter;
    json.remove_prefix(json[0] == '\\' ? kEscapeLength : 1);
    sound = SoundPrefix(json);
  }
}

std::string BlankHugeNumbers(std::string_view json) {
  constexpr std::string_view kNumber = "0123456789+-.eE";
  std::string blanked;
  blanked.reserve(json.size());
  for (size_t i = 0; i < json.size();) {
    size_t end = i + 1;
    if (json[i] == '"') {
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, json.size());
    } else if (json[i] == '-' || (json[i] >= '0' && json[i] <= '9')) {
      end = std::min(json.find_first_not_of(kNumber, i), json.size());
      const std::string number(json.substr(i, end - i));
      if (std::isinf(std::strtod(number.c_str(), nullptr))) {
        blanked += "null";
        i = end;
        continue;
      }
    }
    blanked += json.substr(i, end - i);
    i = end;
  }
  return blanked;
}

void AppendJsonString(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t copied = 0;
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80 && IsPlain(EightBytes(text.substr(i), ' '))) {
      i += std::min(sizeof(uint64_t), text.size() - i);
      continue;
    }
    const size_t length = byte < 0x80 ? 1 : Utf8SequenceLength(text.substr(i));
    if (length != 0 && byte >= 0x20 && byte != '"' && byte != '\\') {
      i += length;
      continue;
    }
    out += text.substr(copied, i - copied);
    copied = ++i;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += static_cast<char>(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += kReplacementCharacter;
    }
  }
  out += text.substr(copied);
  out += '"';
}

}  // namespace blooio::gateway
