// Addresses as the configuration writes them, read without asking a resolver.
//
//   absl::StatusOr<ListenAddress> address = ParseListenAddress("[::1]:50051");
//   address->tcp.host;       // "::1"
//   IsLoopback(*address);    // true
//
// Errors are the second half of a sentence about the setting and do not quote
// the text: "names no port; write host:port, [v6]:port or unix:/path".
//
// Thread-safety: free functions without state.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace blooio::gateway {

struct HostPort {
  // Name, IPv4 or IPv6 address; lower case, without brackets.
  std::string host;
  // 0 to 65535.
  int port = 0;
  bool operator==(const HostPort&) const = default;
};

struct ListenAddress {
  // Unused for a unix socket.
  HostPort tcp;
  // Absolute path of the socket; empty for TCP.
  std::string unix_path;
  bool operator==(const ListenAddress&) const = default;
};

// "host:port" or "[v6]:port"; the port may be left out where `default_port` is
// given. Numbers that are no full IPv4 address ("127.1") and scoped IPv6
// addresses are refused, because resolvers disagree on them.
absl::StatusOr<HostPort> ParseHostPort(const std::string& text,
                                       std::optional<int> default_port = std::nullopt);

// The same, or "unix:/path".
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

// Whether nobody outside this machine gets there: 127.0.0.0/8, ::1 and
// "localhost".
bool IsLoopbackHost(const std::string& host);
// The same; unix sockets count too.
bool IsLoopback(const ListenAddress& address);

}  // namespace blooio::gateway
