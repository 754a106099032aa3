#include "service/ledger/operation_key.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"

namespace blooio::gateway {

std::string UpstreamKey(std::string_view caller, std::string_view account, std::string_view method,
                        std::string_view key) {
  std::string text;
  text.reserve(caller.size() + account.size() + method.size() + key.size() + 3);
  for (std::string_view part : {caller, account, method}) {
    text += part;
    text += '\0';
  }
  text += key;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), 16});
}

}  // namespace blooio::gateway
