// What a service-account token says once its signature is known to be good
// (RFC 7519, section 4.1).
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "service/identity/failure.h"

namespace blooio::gateway {

// How far the clocks of the cluster and of this machine may differ.
inline constexpr absl::Duration kClockSkew = absl::Seconds(60);

// What a token has to say.
struct ExpectedClaims {
  // `iss`, exactly.
  std::string issuer;
  // `aud`, or one of its list.
  std::string audience;
};

struct TokenClaims {
  // `sub`, which is a service account (base/service_account.h).
  std::string subject;
  // When the token is no longer accepted: `exp` and the skew.
  absl::Time expires;
};

// Reads `payload` into `claims`. `iss`, `aud`, `sub` and `exp` are required, `nbf` and
// `iat` are honoured; times have to be numbers. The failure is one of the
// kToken… ones.
IdentityFailure ReadClaims(std::string_view payload, const ExpectedClaims& expected, absl::Time now,
                           TokenClaims& claims);

}  // namespace blooio::gateway
