#include "tests/integration/harness/tls_probe.h"

#include <openssl/ssl.h>

#include <memory>

namespace blooio::integration {
namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

int NumberOf(TlsVersion version) {
  constexpr int kNumbers[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return kNumbers[static_cast<size_t>(version)];
}

using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using ConnectionPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;

// A connection that has shaken hands; null when the listener does not.
ConnectionPtr Connect(const std::string& address, TlsVersion version) {
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), NumberOf(version));
  SSL_CTX_set_max_proto_version(context.get(), NumberOf(version));
  // Old versions are only spoken where security does not matter; that is the client's say.
  SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  constexpr unsigned char kH2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), kH2, sizeof kH2);
  ConnectionPtr connection(BIO_new_ssl_connect(context.get()));
  BIO_set_conn_hostname(connection.get(), address.c_str());
  if (BIO_do_handshake(connection.get()) != 1) connection.reset();
  return connection;
}

SSL* SessionOf(const ConnectionPtr& connection) {
  SSL* ssl = nullptr;
  BIO_get_ssl(connection.get(), &ssl);
  return ssl;
}

}  // namespace

std::optional<std::string> ServedSerialNumber(const std::string& address, TlsVersion version) {
  const ConnectionPtr connection = Connect(address, version);
  if (connection == nullptr) return std::nullopt;
  const std::unique_ptr<X509, Freed<X509_free>> certificate(SSL_get1_peer_certificate(SessionOf(connection)));
  if (certificate == nullptr) return std::nullopt;
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr));
  char* hex = BN_bn2hex(number.get());
  std::string text(hex);
  OPENSSL_free(hex);
  return text;
}

int ServedCertificates(const std::string& address) {
  const ConnectionPtr connection = Connect(address, TlsVersion::k1_3);
  return connection == nullptr ? 0 : sk_X509_num(SSL_get_peer_cert_chain(SessionOf(connection)));
}

}  // namespace blooio::integration
