// Small helpers on std::string_view. The packaged abseil has a string_view of
// its own, so its string functions do not take ours.
//
// Threads: pure functions.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blooio::sandbox {

// One piece of Concat: text or a number.
class Piece {
 public:
  Piece(std::string_view text) : text_(text) {}
  Piece(const std::string& text) : text_(text) {}
  Piece(const char* text) : text_(text) {}
  Piece(std::integral auto number) : text_(std::to_string(number)) {}

  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

std::string Concat(std::initializer_list<Piece> pieces);

// "a,,b" splits into "a", "" and "b"; "" into one empty part.
std::vector<std::string_view> Split(std::string_view text, char separator);

template <typename Range>
std::string Join(const Range& parts, std::string_view separator) {
  std::string text;
  for (bool first = true; const auto& part : parts) {
    if (!std::exchange(first, false)) text += separator;
    text += part;
  }
  return text;
}

// ASCII only.
std::string Lower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);
std::string_view StripBlanks(std::string_view text);

// Decimal digits only, no sign, no blanks. False when there are none or the
// number does not fit.
bool ReadNumber(std::string_view text, uint64_t& number);

std::string Hex(std::string_view bytes);

// Standard base64 with padding. Decoding is strict: nothing else is read.
std::string Base64(std::string_view bytes);
bool ReadBase64(std::string_view text, std::string& bytes);

}  // namespace blooio::sandbox
