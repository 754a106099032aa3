// Why a call has no caller.
//
// Each failure has a word, for logs and metrics, and a sentence, for the status
// message. The sentence speaks of the credential alone: never of policy, of what
// is configured, or of anything that the credential holds.
#pragma once

#include <string_view>

namespace blooio::gateway {

enum class IdentityFailure {
  kNone,
  kNoCredential,
  kSeveralAuthorizations,
  kNotBearer,
  kUnknownToken,
  kTokenTooLong,
  kTokenMalformed,
  kTokenAlgorithm,
  kTokenKeyUnknown,
  kTokenSignature,
  kTokenClaims,
  kTokenIssuer,
  kTokenAudience,
  kTokenExpired,
  kTokenNotYetValid,
  kUnknownServiceAccount,
  kCertificateMalformed,
  kCertificateUntrusted,
  kCertificateExpired,
  kCertificateNotYetValid,
  kCertificatePurpose,
  kUnknownCertificate,
  kAmbiguousCertificate,
  kDifferentCallers,
};

inline constexpr int kIdentityFailures = static_cast<int>(IdentityFailure::kDifferentCallers) + 1;

// One word of a-z and "_", such as "token_expired"; "" for kNone.
std::string_view FailureWord(IdentityFailure failure);

// One sentence that says what to change; "" for kNone.
std::string_view FailureSentence(IdentityFailure failure);

}  // namespace blooio::gateway
