#include "service/identity/service_account_tokens.h"

#include <utility>

namespace blooio::gateway {
namespace {

IdentityFailure CheckSignature(const Jwks& keys, std::string_view token, Jws& jws) {
  const IdentityFailure failure = ReadJws(token, jws);
  if (failure != IdentityFailure::kNone) return failure;
  const Jwk* key = keys.KeyFor(jws);
  if (key == nullptr) return IdentityFailure::kTokenKeyUnknown;
  // The key says what it verifies, not the token (RFC 8725, section 3.1).
  if (key->algorithm != jws.algorithm) return IdentityFailure::kTokenAlgorithm;
  return gateway::Verify(*key, jws) ? IdentityFailure::kNone : IdentityFailure::kTokenSignature;
}

}  // namespace

absl::Status ServiceAccountTokens::Load(std::string_view jwks) {
  absl::StatusOr<Jwks> keys = Jwks::Parse(jwks);
  if (!keys.ok()) return keys.status();
  state_.Set(std::make_shared<const State>(*std::move(keys), remembered_));
  return absl::OkStatus();
}

ServiceAccountTokens::Verified ServiceAccountTokens::Verify(std::string_view token,
                                                            const Digest& digest) const {
  const std::shared_ptr<const State> state = state_.Get();
  if (state == nullptr) return {nullptr, IdentityFailure::kTokenKeyUnknown};
  const absl::Time now = clock_.Now();
  if (auto subject = state->subjects.Find(digest, now)) return {std::move(subject)};

  Jws jws;
  TokenClaims claims;
  IdentityFailure failure = CheckSignature(state->keys, token, jws);
  if (failure == IdentityFailure::kNone) failure = ReadClaims(jws.payload, expected_, now, claims);
  if (failure != IdentityFailure::kNone) return {nullptr, failure};
  auto subject = std::make_shared<const std::string>(std::move(claims.subject));
  state->subjects.Insert(digest, subject, claims.expires);
  return {std::move(subject)};
}

}  // namespace blooio::gateway
