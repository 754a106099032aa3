#include "service/identity/pem.h"

#include <openssl/pem.h>

namespace blooio::gateway {

std::optional<CertificatesPtr> ReadCertificates(std::string_view pem, int most) {
  const ErrorQueueGuard errors;
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificatesPtr certificates(sk_X509_new_null());
  while (X509* certificate = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(certificates.get(), certificate);
    if (sk_X509_num(certificates.get()) > most) return std::nullopt;
  }
  // How it ends when there is no further block; all else is a block that is broken.
  const unsigned long error = ERR_peek_last_error();  // NOLINT(google-runtime-int)
  if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) return std::nullopt;
  return certificates;
}

}  // namespace blooio::gateway
