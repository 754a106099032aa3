// SHA-256 digests, by which secrets are known and told apart without being told:
// the configuration and caches hold those of tokens, logs show the beginning of a
// key's.
//
//   IsSame(Sha256(key), Sha256(other))
//   HmacSha256(key).Of(text)
//   Fingerprint(Sha256(key));   // "1a2b3c4d"
#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace blooio::gateway {

using Digest = std::array<unsigned char, 32>;

// Allocates nothing.
Digest Sha256(std::string_view text);

// HMAC-SHA256 (RFC 2104) under a key. Of the key only the two states are kept that each
// HMAC begins with, and wiped in the end. Thread-safe: immutable after construction.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;

  Digest Of(std::string_view text) const;

 private:
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

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
