// Kubernetes service-account tokens (projected volumes) as proof of who calls,
// verified with the cluster's public keys and without asking the cluster.
//
// A token that was verified is remembered by its digest until it expires, so
// that a repeat costs one look-up; one that was refused is not, so nobody can
// fill the memory. A deleted pod's token therefore stays good until its `exp`:
// keep projected tokens short-lived (`expirationSeconds`).
//
// Thread-safe. Outlived by its clock.
//
//   ServiceAccountTokens tokens({"https://kubernetes.default.svc", "blooio-gateway"}, clock);
//   absl::Status loaded = tokens.Load(ReadFile(config.jwks_file()));
//   auto [subject, failure] = tokens.Verify(token, Sha256(token));
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "service/base/clock.h"
#include "service/identity/digest_cache.h"
#include "service/identity/jwks.h"
#include "service/identity/replaceable.h"
#include "service/identity/token_claims.h"

namespace blooio::gateway {

class ServiceAccountTokens {
 public:
  // Verified tokens that are remembered.
  static constexpr size_t kRemembered = 10'000;

  ServiceAccountTokens(ExpectedClaims expected, const Clock& clock, size_t remembered = kRemembered)
      : expected_(std::move(expected)), clock_(clock), remembered_(remembered) {}

  // Takes the keys of a JWKS in place of those it has, and forgets what was
  // verified with them. On an error, as of Jwks::Parse, everything stays as it
  // was. Until the first success every token is kTokenKeyUnknown.
  absl::Status Load(std::string_view jwks);

  struct Verified {
    // "system:serviceaccount:<namespace>:<name>", or null.
    std::shared_ptr<const std::string> subject;
    IdentityFailure failure = IdentityFailure::kNone;
  };
  // `digest` is the token's. The signature is checked before anything that the
  // token says is believed.
  Verified Verify(std::string_view token, const Digest& digest) const;

 private:
  struct State {
    State(Jwks jwks, size_t remembered) : keys(std::move(jwks)), subjects(remembered) {}
    const Jwks keys;
    // Goes with the keys that it was verified with.
    mutable DigestCache<std::string> subjects;
  };

  const ExpectedClaims expected_;
  const Clock& clock_;
  const size_t remembered_;
  Replaceable<State> state_;
};

}  // namespace blooio::gateway
