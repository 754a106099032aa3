// A listener's certificate chain and its private key, known to belong together.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/secret_string.h"

namespace blooio::gateway {

struct CertificatePair {
  // The key and then the chain, leaf first, PEM: one text, so that nobody gets
  // one without the other.
  SecretString pem;
  // Of the leaf.
  absl::Time not_before;
  absl::Time not_after;
  // Hex digits, as certificate tools show it.
  std::string serial_number;
};

// What a file holds; errors name its path.
struct PemFile {
  std::string path;
  std::string_view text;
};

// Errors, each one sentence that names the file and what to do: there is no
// certificate, or no key without a passphrase, in it; TLS would not use it (too
// weak); the two do not belong together.
absl::StatusOr<CertificatePair> ReadCertificatePair(const PemFile& certificates, const PemFile& private_key);

}  // namespace blooio::gateway
