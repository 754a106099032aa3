// How a caller proved who it is: a word for logs and metrics.
#pragma once

#include <array>
#include <string_view>

namespace blooio::gateway {

enum class Proof { kNone, kAnonymous, kToken, kServiceAccount, kCertificate, kTokenAndCertificate };

inline constexpr std::array<std::string_view, 6> kProofWords = {
    "", "anonymous", "token", "service_account", "certificate", "token_and_certificate"};

inline std::string_view ProofWord(Proof proof) { return kProofWords[static_cast<size_t>(proof)]; }

}  // namespace blooio::gateway
