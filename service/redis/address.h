// Where Redis is.
#pragma once

#include <cstdint>
#include <string>

#include "service/base/text.h"

namespace blooio::gateway {

struct RedisAddress {
  // A name or a numeric address, with a port.
  std::string host = {};
  uint16_t port = 6379;
  // Or the path of a unix socket, which goes first.
  std::string unix_path = {};

  // As people know it: "Redis at cache.internal:6379".
  std::string Text() const {
    if (!unix_path.empty()) return Cat("Redis at ", unix_path);
    const bool ipv6 = host.find(':') != std::string::npos;
    return Cat("Redis at ", ipv6 ? "[" : "", host, ipv6 ? "]" : "", ":", port);
  }
};

}  // namespace blooio::gateway
