#include "tests/sandbox/cursor.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>

#include "tests/sandbox/random_id.h"
#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

constexpr size_t kPart = sizeof(uint64_t);

std::string Xor(std::string a, std::string_view b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

}  // namespace

CursorSealer::CursorSealer() : secret_(RandomBytes(32)) {}

// A cursor is a tag over the position, then the position masked by what follows
// from the tag.
std::string CursorSealer::Seal(uint64_t position) const {
  std::string plain(kPart, '\0');
  std::memcpy(plain.data(), &position, kPart);
  const std::string tag = Mac("tag", plain);
  return Base64(Concat({tag, Xor(plain, Mac("mask", tag))}));
}

std::optional<uint64_t> CursorSealer::Open(std::string_view cursor) const {
  std::string sealed;
  if (!ReadBase64(cursor, sealed) || sealed.size() != 2 * kPart) return std::nullopt;
  const std::string tag = sealed.substr(0, kPart);
  const std::string plain = Xor(sealed.substr(kPart), Mac("mask", tag));
  uint64_t position = 0;
  std::memcpy(&position, plain.data(), kPart);
  // Comparing whole texts also refuses other base64 spellings of the same bytes.
  if (Seal(position) != cursor) return std::nullopt;
  return position;
}

std::string CursorSealer::Mac(std::string_view label, std::string_view bytes) const {
  const std::string input = Concat({label, ":", bytes});
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), kPart);
}

}  // namespace blooio::sandbox
