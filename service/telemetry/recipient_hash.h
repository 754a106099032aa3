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

#include <string>
#include <string_view>

#include "service/base/digest.h"
#include "service/base/secret_string.h"

namespace blooio::gateway {

class RecipientHash {
 public:
  explicit RecipientHash(const SecretString& key);

  std::string Of(std::string_view recipient) const;

 private:
  const HmacSha256 hmac_;
};

}  // namespace blooio::gateway
