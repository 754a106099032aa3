// Certificates in PEM text.
#pragma once

#include <optional>
#include <string_view>

#include "service/base/openssl_handles.h"

namespace blooio::gateway {

// The certificates that stand in `pem`, in order; text around them and blocks of
// other kinds are passed over. Nothing when one of them cannot be read or there
// are more than `most`.
std::optional<CertificatesPtr> ReadCertificates(std::string_view pem, int most);

}  // namespace blooio::gateway
