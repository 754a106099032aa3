// SHA-256 digests, by which secrets are known and told apart without being told:
// the configuration and caches hold those of tokens, logs show the beginning of a
// key's.
//
//   IsSame(Sha256(key), Sha256(other))
//   Fingerprint(Sha256(key));   // "1a2b3c4d"
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace blooio::gateway {

using Digest = std::array<unsigned char, 32>;

// Allocates nothing after a thread's first call.
Digest Sha256(std::string_view text);

// The digest that 64 hex digits, of either case, stand for.
std::optional<Digest> DigestFromHex(std::string_view hex);

// The first 8 hex digits.
std::string Fingerprint(const Digest& digest);

// The first 8 bytes: by them a digest is looked up. What they tell of how long
// a look-up takes helps nobody who cannot invert SHA-256.
inline uint64_t Prefix(const Digest& digest) {
  uint64_t prefix = 0;
  std::memcpy(&prefix, digest.data(), sizeof prefix);
  return prefix;
}

// In constant time.
bool IsSame(const Digest& a, const Digest& b);

// For hash tables.
struct DigestHash {
  size_t operator()(const Digest& digest) const { return Prefix(digest); }
};

}  // namespace blooio::gateway
