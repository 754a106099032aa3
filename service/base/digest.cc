#include "service/base/digest.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "service/base/openssl_handles.h"
#include "service/base/text.h"

namespace blooio::gateway {

Digest Sha256(std::string_view text) {
  // Looked up once: EVP_sha256() would be looked up anew by every call.
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const DigestContextPtr context(EVP_MD_CTX_new());
  Digest digest;
  // Without digests nobody can be told apart: stop instead.
  if (sha256 == nullptr || EVP_DigestInit_ex2(context.get(), sha256, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    std::abort();
  }
  return digest;
}

std::optional<Digest> DigestFromHex(std::string_view hex) {
  Digest digest;
  const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  if (hex.size() != 2 * digest.size() || !std::all_of(hex.begin(), hex.end(), is_hex)) return std::nullopt;
  const std::string bytes = absl::HexStringToBytes(Piece(hex));
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::string Fingerprint(const Digest& digest) {
  constexpr size_t kShownBytes = 4;
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), kShownBytes));
}

bool IsSame(const Digest& a, const Digest& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace blooio::gateway
