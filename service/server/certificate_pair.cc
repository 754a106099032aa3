#include "service/server/certificate_pair.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <utility>

#include "service/base/openssl_handles.h"
#include "service/base/text.h"
#include "service/identity/certificate_time.h"
#include "service/identity/pem.h"

namespace blooio::gateway {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;

constexpr int kMostInChain = 20;

absl::Status Unusable(const std::string& path, std::string_view why) {
  return absl::InvalidArgumentError(Cat(path, ": ", why));
}

// OpenSSL would ask at the terminal otherwise.
int NoPassphrase(char*, int, int, void*) { return -1; }

KeyPtr ReadKey(std::string_view pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return KeyPtr(PEM_read_bio_PrivateKey(text.get(), nullptr, NoPassphrase, nullptr));
}

std::string SerialNumberOf(const X509* certificate) {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* hex = BN_bn2hex(number.get());
  std::string text(hex);
  OPENSSL_free(hex);
  return text;
}

}  // namespace

absl::StatusOr<CertificatePair> ReadCertificatePair(const PemFile& certificates, const PemFile& private_key) {
  const ErrorQueueGuard errors;
  const auto chain = ReadCertificates(certificates.text, kMostInChain);
  if (!chain || sk_X509_num(chain->get()) == 0) {
    return Unusable(certificates.path, "is no chain of PEM certificates, leaf first; write it anew");
  }
  X509* leaf = sk_X509_value(chain->get(), 0);
  const KeyPtr key = ReadKey(private_key.text);
  if (key == nullptr) {
    return Unusable(private_key.path, "is no PEM private key without a passphrase; write it anew");
  }
  // What a listener does with them, so that it does not fail later.
  const ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_use_certificate(context.get(), leaf) != 1) {
    return Unusable(certificates.path, "is a certificate that TLS does not use (too weak?); issue another");
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 || X509_check_private_key(leaf, key.get()) != 1) {
    return Unusable(private_key.path, Cat("is not the key of the certificate in ", certificates.path,
                                          "; name files that belong together"));
  }
  CertificatePair pair;
  pair.pem = SecretString(Cat(private_key.text, "\n", certificates.text));
  pair.not_before = TimeOf(X509_get0_notBefore(leaf));
  pair.not_after = TimeOf(X509_get0_notAfter(leaf));
  pair.serial_number = SerialNumberOf(leaf);
  return pair;
}

}  // namespace blooio::gateway
