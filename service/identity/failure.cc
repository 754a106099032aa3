#include "service/identity/failure.h"

#include <array>

namespace blooio::gateway {
namespace {

struct Words {
  IdentityFailure failure;
  std::string_view word;
  std::string_view sentence;
};

using F = IdentityFailure;

constexpr std::array<Words, kIdentityFailures> kWords = {{
    {F::kNone, "", ""},
    {F::kNoCredential, "no_credential",
     "The call presents no credential; send \"authorization: Bearer <token>\" or a client certificate."},
    {F::kSeveralAuthorizations, "several_authorizations",
     "The call has several authorization entries; send one."},
    {F::kNotBearer, "not_bearer", "The authorization entry is not of the form \"Bearer <token>\"."},
    {F::kUnknownToken, "unknown_token", "The bearer token is not one that this gateway accepts."},
    {F::kTokenTooLong, "token_too_long", "The bearer token is longer than 16384 bytes."},
    {F::kTokenMalformed, "token_malformed", "The bearer token is not a well-formed service-account token."},
    {F::kTokenAlgorithm, "token_algorithm",
     "The service-account token's signature algorithm is not accepted; RS256 and ES256 are."},
    {F::kTokenKeyUnknown, "token_key_unknown",
     "The service-account token is signed with a key that this gateway does not know."},
    {F::kTokenSignature, "token_signature", "The service-account token's signature is wrong."},
    {F::kTokenClaims, "token_claims", "The service-account token lacks a claim, or one is malformed."},
    {F::kTokenIssuer, "token_issuer", "The service-account token comes from another issuer."},
    {F::kTokenAudience, "token_audience",
     "The service-account token is meant for another audience; ask for one with this gateway's."},
    {F::kTokenExpired, "token_expired", "The service-account token has expired; read it anew from its file."},
    {F::kTokenNotYetValid, "token_not_yet_valid",
     "The service-account token is not valid yet; compare the clocks."},
    {F::kUnknownServiceAccount, "unknown_service_account",
     "The service account is not one that this gateway accepts."},
    {F::kCertificateMalformed, "certificate_malformed", "The client certificate cannot be read."},
    {F::kCertificateUntrusted, "certificate_untrusted",
     "The client certificate is not signed by an authority that this gateway trusts."},
    {F::kCertificateExpired, "certificate_expired",
     "The client certificate, or one that it depends on, has expired."},
    {F::kCertificateNotYetValid, "certificate_not_yet_valid",
     "The client certificate, or one that it depends on, is not valid yet; compare the clocks."},
    {F::kCertificatePurpose, "certificate_purpose",
     "The client certificate is not meant for TLS clients: its extended key usage needs clientAuth, and it "
     "must not be an authority."},
    {F::kUnknownCertificate, "unknown_certificate",
     "The client certificate has no name that this gateway accepts."},
    {F::kAmbiguousCertificate, "ambiguous_certificate",
     "The client certificate has the names of several callers."},
    {F::kDifferentCallers, "different_callers",
     "The bearer token and the client certificate belong to different callers."},
}};

constexpr bool IsInOrder() {
  for (int i = 0; i < kIdentityFailures; ++i) {
    if (static_cast<int>(kWords[i].failure) != i) return false;
  }
  return true;
}
static_assert(IsInOrder());

}  // namespace

std::string_view FailureWord(IdentityFailure failure) { return kWords[static_cast<int>(failure)].word; }

std::string_view FailureSentence(IdentityFailure failure) {
  return kWords[static_cast<int>(failure)].sentence;
}

}  // namespace blooio::gateway
