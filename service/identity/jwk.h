// One public key of a JWKS (RFC 7517, RFC 7518 section 6), ready to verify with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "service/base/openssl_handles.h"
#include "service/identity/jws.h"

namespace blooio::gateway {

struct Jwk {
  // "" without one.
  std::string id;
  // The only algorithm that the key is used with.
  SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
  KeyPtr key;
};

// The key that `json` describes, or nothing when it is not one to verify RS256
// or ES256 signatures with: another type or curve, RSA with less than 2,048 or
// more than 4,096 bits, a point that is not on the curve, or another `alg`,
// `use` or `key_ops`.
std::optional<Jwk> ReadJwk(const nlohmann::json& json);

// Whether the key's owner signed it. Thread-safe.
bool Verify(const Jwk& key, const Jws& jws);

}  // namespace blooio::gateway
