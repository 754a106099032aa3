// Looks at text eight bytes at a time, which is much quicker than one by one:
// questions about a word of eight bytes. Pure functions.
//
//   const uint64_t word = EightBytes(text.substr(i), ' ');
//   if (AnyIs(word, '"') || AnyFrom(word, 0x7F)) …
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace blooio::gateway {

// Eight times the same byte.
constexpr uint64_t EightTimes(uint8_t byte) { return uint64_t{0x0101'0101'0101'0101} * byte; }

// The first eight bytes of `text`; where it has fewer, `filler` follows.
inline uint64_t EightBytes(std::string_view text, char filler) {
  uint64_t word = EightTimes(static_cast<uint8_t>(filler));
  if (text.size() >= sizeof word) {
    std::memcpy(&word, text.data(), sizeof word);
  } else {
    std::memcpy(&word, text.data(), text.size());
  }
  return word;
}

// The top bit of each byte that is less than `limit`, which is 0x80 at most. Bits above the
// lowest one that is set may be wrong; the word is little-endian, so that one is the first.
constexpr uint64_t Below(uint64_t word, uint8_t limit) {
  return (word - EightTimes(limit)) & ~word & EightTimes(0x80);
}

constexpr uint64_t Is(uint64_t word, char character) {
  return Below(word ^ EightTimes(static_cast<uint8_t>(character)), 1);
}

constexpr bool AnyBelow(uint64_t word, uint8_t limit) { return Below(word, limit) != 0; }
constexpr bool AnyIs(uint64_t word, char character) { return Is(word, character) != 0; }

// Whether any byte is `limit` or greater; `limit` is 0x80 at most.
constexpr bool AnyFrom(uint64_t word, uint8_t limit) {
  return ((word | (word + EightTimes(0x80 - limit))) & EightTimes(0x80)) != 0;
}

}  // namespace blooio::gateway
