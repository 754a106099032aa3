#include "tests/integration/harness/tls_files.h"

#include <stdexcept>

#include "tests/integration/harness/process.h"

namespace blooio::integration {

TlsFiles MakeTlsFiles(const TempDir& folder, const std::string& name) {
  const std::string stem = (folder.path() / name).string();
  const TlsFiles files = {stem + ".crt", stem + ".crt", stem + ".key"};
  // Signed by itself: the certificate is its own authority.
  Process openssl({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext",
                   "subjectAltName=IP:127.0.0.1", "-keyout", files.private_key, "-out", files.certificate});
  if (openssl.WaitForExit(absl::Seconds(60)) != 0) throw std::runtime_error("openssl: " + openssl.err());
  return files;
}

}  // namespace blooio::integration
