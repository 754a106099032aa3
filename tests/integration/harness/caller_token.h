// A bearer token of a test's own, as its caller and as the configuration know it.
#pragma once

#include <string>
#include <utility>

namespace blooio::integration {

struct CallerToken {
  // A random one.
  CallerToken();

  // {"authorization", "Bearer …"}
  std::pair<std::string, std::string> metadata() const { return {"authorization", "Bearer " + text}; }

  std::string text;
  // Hex SHA-256, for callers[].token_sha256.
  std::string digest;
};

}  // namespace blooio::integration
