// Telling keys apart without telling them: their SHA-256.
//
//   SameKey(DigestOf(key), DigestOf(other))
//   Fingerprint(key);   // "1a2b3c4d": what logs show, never the key
//
// Thread-safety: free functions without state.
#pragma once

#include <array>
#include <string>

#include "service/base/secret_string.h"

namespace blooio::gateway {

using KeyDigest = std::array<unsigned char, 32>;

KeyDigest DigestOf(const SecretString& key);

// Whether two digests are of the same key, in a time that tells nothing.
bool SameKey(const KeyDigest& one, const KeyDigest& other);

// First 8 hex digits of the key's SHA-256, for logs, metrics and admin answers.
std::string Fingerprint(const KeyDigest& digest);
std::string Fingerprint(const SecretString& key);

}  // namespace blooio::gateway
