// The public keys of a Kubernetes cluster: a JWK set (RFC 7517, section 5), as
// `kubectl get --raw /openid/v1/jwks` prints it.
//
// Immutable, so any thread may use it.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/identity/jwk.h"

namespace blooio::gateway {

class Jwks {
 public:
  static constexpr size_t kMaxBytes = 1 << 20;
  // A cluster has one, two while it changes them. Each is checked as it is read.
  static constexpr size_t kMaxKeys = 16;

  // Keys that are of no use here are passed over. Errors, kInvalidArgument with
  // the second half of a sentence about the file ("has no key that …"): too
  // long, no JWK set, too many keys, two of one id, or none that is of use.
  static absl::StatusOr<Jwks> Parse(std::string_view text);

  // The key that `jws` says signed it; without an id, the only key there is.
  // Null when there is none of that id.
  const Jwk* KeyFor(const Jws& jws) const;

 private:
  std::vector<Jwk> keys_;
};

}  // namespace blooio::gateway
