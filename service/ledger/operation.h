// Names of operations: what makes two calls the same one.
//
// A caller's key is scoped to caller, account and method: two callers who both
// say "order-1" on one account must not meet. The upstream sees a digest only.
#pragma once

#include <string>
#include <string_view>

#include "service/base/digest.h"
#include "service/upstream/rest_types.h"

namespace blooio::gateway {

// SHA-256 over caller, account, method and key, NUL-separated.
using OperationId = Digest;

struct Operation {
  OperationId id;
  // SHA-256 over everything that its call says upstream, but for the key: the same
  // operation says the same. The caller's own key is mixed in, so that whoever sees it
  // and guesses the message cannot tell that he is right.
  Digest payload;
};

OperationId IdOfOperation(std::string_view caller, std::string_view account, std::string_view method,
                          std::string_view key);

// What travels upstream in place of the caller's key: the first 32 hex digits.
std::string UpstreamKey(const OperationId& id);

// Of a call as it was encoded, before the upstream key was added. `key` is the caller's.
Digest PayloadOf(const RestRequest& request, std::string_view key);

}  // namespace blooio::gateway
