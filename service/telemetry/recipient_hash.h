// Recipients as the log shows them: the first 8 hex digits of HMAC-SHA256 (RFC
// 2104) under a key of the gateway's own. Whoever holds the key can tell whether
// a line is about a given person; whoever only reads the log cannot, not even by
// trying all numbers.
//
//   const RecipientHash hash(std::move(key));
//   hash.Of("+15551234567");   // "1a2b3c4d"
//
// Thread-safe: immutable after construction.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "service/base/secret_string.h"

namespace blooio::gateway {

class RecipientHash {
 public:
  // The key is only in OpenSSL's keeping afterwards, which wipes it in the end.
  explicit RecipientHash(SecretString key);

  std::string Of(std::string_view recipient) const;

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_MAC_CTX, Free>;

  // Keyed. Each thread works on a copy of its own, made once.
  Context keyed_;
  // Tells the copies of one hash from those of another.
  const uint64_t id_;
};

}  // namespace blooio::gateway
