#include "service/identity/identifier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "service/base/text.h"
#include "service/base/visible_ascii.h"
#include "service/identity/jws.h"

namespace blooio::gateway {
namespace {

constexpr std::string_view kScheme = "Bearer ";

Identity Refused(IdentityFailure failure) { return {nullptr, Proof::kNone, failure}; }

// Orders digests as they are looked up.
struct ByPrefix {
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return Of(a) < Of(b);
  }
  static uint64_t Of(uint64_t prefix) { return prefix; }
  template <class Entry>
  static uint64_t Of(const Entry& entry) {
    return Prefix(entry.digest);
  }
};

}  // namespace

Identifier::Identifier(const std::vector<KnownCaller>& callers, bool anonymous,
                       std::shared_ptr<const ServiceAccountTokens> service_account_tokens,
                       std::shared_ptr<const ClientCertificates> client_certificates)
    : anonymous_(anonymous),
      service_account_tokens_(std::move(service_account_tokens)),
      client_certificates_(std::move(client_certificates)) {
  for (const KnownCaller& known : callers) {
    const size_t index = callers_.size();
    callers_.push_back({known.name, index});
    for (const std::string& hex : known.token_sha256) {
      if (const std::optional<Digest> digest = DigestFromHex(hex)) tokens_.push_back({*digest, index});
    }
    for (const std::string& id : known.spiffe_ids) spiffe_ids_.emplace(id, index);
    for (const std::string& name : known.dns_names) dns_names_.emplace(absl::AsciiStrToLower(name), index);
    for (const std::string& account : known.service_accounts) service_accounts_.emplace(account, index);
  }
  callers_.push_back({"anonymous", callers_.size()});
  std::stable_sort(tokens_.begin(), tokens_.end(), ByPrefix());
}

Identity Identifier::Identify(const Presented& presented) const {
  if (presented.several_authorizations) return Refused(IdentityFailure::kSeveralAuthorizations);
  const bool has_certificate = !presented.certificate.empty();
  if (!presented.authorization && !has_certificate) {
    return anonymous_ ? Identity{&callers_.back(), Proof::kAnonymous}
                      : Refused(IdentityFailure::kNoCredential);
  }
  if (!presented.authorization) return ByCertificate(presented.certificate, presented.certificate_chain);
  const Identity by_token = ByAuthorization(*presented.authorization);
  if (by_token.caller == nullptr || !has_certificate) return by_token;
  const Identity by_certificate = ByCertificate(presented.certificate, presented.certificate_chain);
  if (by_certificate.caller == nullptr) return by_certificate;
  if (by_certificate.caller != by_token.caller) return Refused(IdentityFailure::kDifferentCallers);
  return {by_token.caller, Proof::kTokenAndCertificate};
}

const Caller* Identifier::Named(const CallerByName& names, std::string_view name) const {
  const auto found = names.find(Piece(name));
  return found == names.end() ? nullptr : &callers_[found->second];
}

Identity Identifier::ByAuthorization(std::string_view value) const {
  if (!absl::StartsWithIgnoreCase(Piece(value), Piece(kScheme))) return Refused(IdentityFailure::kNotBearer);
  value.remove_prefix(kScheme.size());
  if (value.size() > kMaxTokenBytes) return Refused(IdentityFailure::kTokenTooLong);
  if (value.empty() || !IsVisibleAscii(value)) return Refused(IdentityFailure::kNotBearer);
  return ByToken(value);
}

Identity Identifier::ByToken(std::string_view token) const {
  const Digest digest = Sha256(token);
  const auto [begin, end] = std::equal_range(tokens_.begin(), tokens_.end(), Prefix(digest), ByPrefix());
  for (auto entry = begin; entry != end; ++entry) {
    if (IsSame(entry->digest, digest)) return {&callers_[entry->caller], Proof::kToken};
  }
  if (service_account_tokens_ == nullptr || !HasJwsShape(token)) {
    return Refused(IdentityFailure::kUnknownToken);
  }
  const auto [subject, failure] = service_account_tokens_->Verify(token, digest);
  if (subject == nullptr) return Refused(failure);
  const Caller* caller = Named(service_accounts_, *subject);
  return caller == nullptr ? Refused(IdentityFailure::kUnknownServiceAccount)
                           : Identity{caller, Proof::kServiceAccount};
}

Identity Identifier::ByCertificate(std::string_view leaf, std::string_view chain) const {
  if (client_certificates_ == nullptr) return Refused(IdentityFailure::kCertificateUntrusted);
  const auto [names, failure] = client_certificates_->Verify(leaf, chain);
  if (names == nullptr) return Refused(failure);
  const Caller* caller = Named(spiffe_ids_, names->spiffe_id);
  for (const std::string& name : names->dns) {
    const Caller* named = Named(dns_names_, name);
    if (named == nullptr) continue;
    if (caller != nullptr && caller != named) return Refused(IdentityFailure::kAmbiguousCertificate);
    caller = named;
  }
  return caller == nullptr ? Refused(IdentityFailure::kUnknownCertificate)
                           : Identity{caller, Proof::kCertificate};
}

}  // namespace blooio::gateway
