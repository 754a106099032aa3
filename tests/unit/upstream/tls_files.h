// A self-signed certificate for 127.0.0.1, made anew for each test.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace blooio::gateway {

class TlsFiles {
 public:
  TlsFiles();
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;
  // Removes the files.
  ~TlsFiles();

  // PEM files.
  std::string certificate_file() const { return directory_ + "/certificate.pem"; }
  std::string key_file() const { return directory_ + "/key.pem"; }
  // For a server that shows the certificate and speaks no ALPN.
  SSL_CTX* server_context() const { return context_.get(); }

 private:
  struct Deleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::string directory_;
  std::unique_ptr<SSL_CTX, Deleter> context_;
};

}  // namespace blooio::gateway
