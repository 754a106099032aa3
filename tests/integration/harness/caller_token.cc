#include "tests/integration/harness/caller_token.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {

CallerToken::CallerToken() : text(RandomHex(32)) {
  unsigned char sum[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum);
  digest = absl::BytesToHexString({reinterpret_cast<const char*>(sum), sizeof sum});
}

}  // namespace blooio::integration
