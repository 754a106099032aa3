// Who may call, and what it is known by.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace blooio::gateway {

// A caller and what it is known by, as in the configuration; one credential
// names one caller.
struct KnownCaller {
  std::string name;
  // 64 hex digits each.
  std::vector<std::string> token_sha256 = {};
  std::vector<std::string> spiffe_ids = {};
  std::vector<std::string> dns_names = {};
  // "system:serviceaccount:<namespace>:<name>"
  std::vector<std::string> service_accounts = {};
};

struct Caller {
  std::string name;
  // Its place in the list of known callers; the anonymous one stands behind the last.
  size_t index = 0;
};

}  // namespace blooio::gateway
