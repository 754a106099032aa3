// A signed token in its compact form, taken apart: header "." payload "."
// signature, each base64url (RFC 7515, section 7.1).
//
// Of the header only `alg`, `kid` and `crit` count. Keys that it names or brings
// along (`jku`, `jwk`, `x5u`, `x5c`) are never looked at.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "service/identity/failure.h"

namespace blooio::gateway {

// The signatures that are verified. What else there is, is refused: `none`
// proves nothing, and HMAC would take a public key for a secret (RFC 8725,
// section 3.1).
enum class SignatureAlgorithm {
  kRs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  kEs256,  // ECDSA on P-256 with SHA-256
};

// The algorithm of that name, which is case-sensitive.
std::optional<SignatureAlgorithm> AlgorithmNamed(std::string_view name);

struct Jws {
  SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
  // Which key signed it, if it says.
  std::optional<std::string> key_id;
  // What is signed: the first two parts as they stand. A view of the token.
  std::string_view signing_input;
  std::string payload;
  std::string signature;
};

// Whether it is worth reading: exactly two dots.
bool HasJwsShape(std::string_view token);

// The longest header that is read; those of clusters have about 100 bytes. Reading
// costs before anything is proven.
inline constexpr size_t kMaxJwsHeaderBytes = 2048;

// Takes `token` apart into `jws`. The failure is kTokenMalformed or
// kTokenAlgorithm. The caller bounds the token's size.
IdentityFailure ReadJws(std::string_view token, Jws& jws);

}  // namespace blooio::gateway
