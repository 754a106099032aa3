// A listener's certificate chain and its private key, read from their files and
// known to belong together.
#pragma once

#include <string>

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

// Errors, each one sentence that names the file and what to do: a file cannot be
// read; there is no certificate, or no key without a passphrase, in it; TLS would
// not use it (too weak); the two do not belong together.
absl::StatusOr<CertificatePair> ReadCertificatePair(const std::string& certificate_file,
                                                    const std::string& private_key_file);

}  // namespace blooio::gateway
