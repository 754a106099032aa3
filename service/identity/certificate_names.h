// The names in a client certificate that can name a caller: its subject
// alternative names. The common name never counts (RFC 9525, section 2).
#pragma once

#include <openssl/x509.h>

#include <string>
#include <vector>

namespace blooio::gateway {

struct CertificateNames {
  // "spiffe://<trust domain>/<path>", or "". Only of a certificate that has exactly
  // one URI, as an X.509-SVID has.
  std::string spiffe_id;
  // Lower case; names with a wildcard are left out.
  std::vector<std::string> dns;
};

// The names are worth what the certificate's signature is worth.
CertificateNames NamesOf(X509* certificate);

}  // namespace blooio::gateway
