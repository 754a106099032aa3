#include "service/credentials/key_digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace blooio::gateway {

KeyDigest DigestOf(const SecretString& key) {
  KeyDigest digest{};
  EVP_Digest(key.Reveal().data(), key.Reveal().size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

bool SameKey(const KeyDigest& one, const KeyDigest& other) {
  return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string Fingerprint(const KeyDigest& digest) {
  constexpr size_t kShownBytes = 4;
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), kShownBytes));
}

std::string Fingerprint(const SecretString& key) { return Fingerprint(DigestOf(key)); }

}  // namespace blooio::gateway
