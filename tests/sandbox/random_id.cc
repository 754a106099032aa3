#include "tests/sandbox/random_id.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace blooio::sandbox {

std::string NewId(std::string_view prefix) {
  static constexpr std::string_view kAlphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string id(prefix);
  for (unsigned char byte : RandomBytes(20)) id.push_back(kAlphabet[byte % kAlphabet.size()]);
  return id;
}

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) std::abort();
  return bytes;
}

}  // namespace blooio::sandbox
