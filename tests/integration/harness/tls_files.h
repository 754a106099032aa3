// Certificates of a test's own, made by the openssl program.
#pragma once

#include <string>

#include "tests/integration/harness/temp_dir.h"

namespace blooio::integration {

struct TlsFiles {
  // PEM files: who signs, and the certificate for 127.0.0.1 with its key.
  std::string authority;
  std::string certificate;
  std::string private_key;
};

// Made in `folder` under names that begin with `name`. Throws when openssl fails.
TlsFiles MakeTlsFiles(const TempDir& folder, const std::string& name);

}  // namespace blooio::integration
