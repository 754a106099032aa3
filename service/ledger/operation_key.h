// Names of operations: what makes two calls the same one.
//
// A caller's key is scoped to caller, account and method: two callers who both
// say "order-1" on one account must not meet. The upstream sees a digest only.
#pragma once

#include <string>
#include <string_view>

namespace blooio::gateway {

// What travels upstream in place of the caller's key: the first 32 hex digits
// of SHA-256 over caller, account, method and key, NUL-separated.
std::string UpstreamKey(std::string_view caller, std::string_view account, std::string_view method,
                        std::string_view key);

}  // namespace blooio::gateway
