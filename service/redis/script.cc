#include "service/redis/script.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "absl/strings/escaping.h"

namespace blooio::gateway {

LuaScript::LuaScript(std::string_view source) : text(source) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // A script without a name cannot be called: stop instead.
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr) != 1) std::abort();
  sha1 = absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

}  // namespace blooio::gateway
