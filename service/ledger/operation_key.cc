#include "service/ledger/operation_key.h"

#include "absl/strings/escaping.h"
#include "service/base/digest.h"

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
  constexpr size_t kBytes = 16;
  const Digest digest = Sha256(text);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), kBytes});
}

}  // namespace blooio::gateway
