#include "service/telemetry/log_line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "service/base/eight_bytes.h"
#include "service/base/json_text.h"
#include "service/base/utf8.h"

namespace blooio::gateway {
namespace {

// Whether all of it is fine between quotes, in text (`least` = '!') even without
// them.
bool IsPlain(std::string_view text, char least) {
  for (; !text.empty(); text.remove_prefix(std::min(sizeof(uint64_t), text.size()))) {
    const uint64_t word = EightBytes(text, '!');
    if (AnyBelow(word, static_cast<uint8_t>(least)) || AnyFrom(word, 0x7F)) return false;
    if (AnyIs(word, '"') || AnyIs(word, '\\')) return false;
  }
  return true;
}

// Of a well-formed character: what steers a terminal or deceives the eye.
bool IsTreacherous(std::string_view character) {
  if (character == "\x7F" || character == "\xEF\xBB\xBF") return true;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(character[i]); };
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (character.size() != 3 || byte(0) != 0xE2) return false;
  if (byte(1) == 0x80) return (byte(2) >= 0x8B && byte(2) <= 0x8F) || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xAF;
}

// `character` has at most 3 bytes.
void AppendEscaped(std::string_view character, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  constexpr std::array<uint32_t, 3> kLeadBits = {0x7F, 0x1F, 0x0F};
  uint32_t code = static_cast<uint8_t>(character[0]) & kLeadBits[character.size() - 1];
  for (char c : character.substr(1)) code = (code << 6) | (static_cast<uint8_t>(c) & 0x3F);
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(code >> shift) & 15];
}

void AppendQuoted(std::string_view text, std::string& out) {
  if (IsPlain(text, ' ')) {
    (out += '"').append(text) += '"';
    return;
  }
  std::string quoted;
  AppendJsonString(text, quoted);
  for (std::string_view rest = quoted; !rest.empty();) {
    const std::string_view character = rest.substr(0, Utf8SequenceLength(rest));
    rest.remove_prefix(character.size());
    if (IsTreacherous(character)) {
      AppendEscaped(character, out);
    } else {
      out += character;
    }
  }
}

// "2026-11-21T12:01:02" of a second is made once a thread, which is most of it.
void AppendTime(absl::Time now, bool with_date, std::string& out) {
  thread_local int64_t known_second = -1;
  thread_local std::string known;
  const int64_t milliseconds = absl::ToUnixMillis(now);
  if (milliseconds / 1000 != known_second) {
    known_second = milliseconds / 1000;
    known = absl::FormatTime("%Y-%m-%dT%H:%M:%S", now, absl::UTCTimeZone());
  }
  out += with_date ? std::string_view(known) : std::string_view(known).substr(known.find('T') + 1);
  const int64_t part = milliseconds % 1000;
  out += '.';
  for (const int64_t digit : {part / 100, part / 10 % 10, part % 10}) out += static_cast<char>('0' + digit);
}

void AppendNumber(int64_t value, std::string& out) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

std::string& Buffer() {
  thread_local std::string buffer;
  buffer.clear();
  return buffer;
}

}  // namespace

LogLine::LogLine(LogFormat format, LogLevel level, std::string_view event, absl::Time now)
    : json_(format == LogFormat::kJson), out_(Buffer()) {
  const std::string_view name = LogLevelName(level);
  if (json_) {
    out_ += R"({"time":")";
    AppendTime(now, true, out_);
    out_ += R"(Z","level":")";
    out_.append(name) += R"(","event":)";
    AppendQuoted(event, out_);
  } else {
    constexpr size_t kWidest = 7;
    AppendTime(now, false, out_);
    (out_ += ' ').append(name).append(kWidest - name.size() + 1, ' ');
    Value(event);
  }
}

LogLine& LogLine::Word(std::string_view key, std::string_view value) {
  if (value.empty()) return *this;
  if (json_) return Text(key, value);
  out_ += ' ';
  Value(value);
  return *this;
}

LogLine& LogLine::Text(std::string_view key, std::string_view value) {
  Key(key);
  Value(value);
  return *this;
}

LogLine& LogLine::Number(std::string_view key, int64_t value) {
  Key(key);
  AppendNumber(value, out_);
  return *this;
}

LogLine& LogLine::True(std::string_view key) {
  Key(key);
  out_ += "true";
  return *this;
}

LogLine& LogLine::Milliseconds(std::string_view key, absl::Duration value) {
  Key(key);
  const int64_t microseconds = std::max<int64_t>(absl::ToInt64Microseconds(value), 0);
  AppendNumber(microseconds / 1000, out_);
  const int64_t part = microseconds % 1000;
  out_ += '.';
  for (const int64_t digit : {part / 100, part / 10 % 10, part % 10}) out_ += static_cast<char>('0' + digit);
  return *this;
}

LogLine& LogLine::List(std::string_view key, std::span<const std::string> values) {
  if (values.empty()) return *this;
  Key(key);
  if (json_) out_ += '[';
  for (const std::string& value : values) {
    if (&value != values.data()) out_ += ',';
    Value(value);
  }
  if (json_) out_ += ']';
  return *this;
}

std::string_view LogLine::Finish() {
  if (json_) out_ += '}';
  return out_;
}

void LogLine::Key(std::string_view key) {
  // Keys are words of this program.
  if (json_) {
    out_.append(",\"").append(key) += "\":";
  } else {
    (out_ += ' ').append(key) += '=';
  }
}

void LogLine::Value(std::string_view value) {
  if (!json_ && !value.empty() && IsPlain(value, '!')) {
    out_ += value;
  } else {
    AppendQuoted(value, out_);
  }
}

}  // namespace blooio::gateway
