#include "service/base/digest.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>

#include "absl/strings/escaping.h"
#include "service/base/text.h"

// OpenSSL 3 would rather see EVP, which prepares and frees a state for each hash and
// cannot begin an HMAC from a copy without allocating. The code that hashes is the same.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace blooio::gateway {
namespace {

SHA256_CTX Begun() {
  SHA256_CTX context;
  SHA256_Init(&context);
  return context;
}

// What `context` has taken in, and then `text`.
Digest Finish(SHA256_CTX context, std::string_view text) {
  Digest digest;
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

}  // namespace

Digest Sha256(std::string_view text) { return Finish(Begun(), text); }

HmacSha256::HmacSha256(std::string_view key) : inner_(Begun()), outer_(Begun()) {
  std::array<unsigned char, SHA256_CBLOCK> block{};
  if (key.size() <= block.size()) {
    std::copy(key.begin(), key.end(), block.begin());
  } else {
    const Digest digest = Sha256(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  }
  for (unsigned char& byte : block) byte ^= 0x36;
  SHA256_Update(&inner_, block.data(), block.size());
  for (unsigned char& byte : block) byte ^= 0x36 ^ 0x5C;
  SHA256_Update(&outer_, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256::~HmacSha256() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

Digest HmacSha256::Of(std::string_view text) const {
  const Digest inner = Finish(inner_, text);
  return Finish(outer_, {reinterpret_cast<const char*>(inner.data()), inner.size()});
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
