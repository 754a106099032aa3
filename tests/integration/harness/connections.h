// The connections of this process to a server, to tell whether they stay: a
// client of gRPC makes new ones without a word.
//
//   const std::set<uint64_t> before = ConnectionsTo(gateway.address());
//   …
//   EXPECT_EQ(ConnectionsTo(gateway.address()), before);
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace blooio::integration {

// A number for each that is open, which no other connection ever has. `address` is
// "127.0.0.1:port".
std::set<uint64_t> ConnectionsTo(const std::string& address);

}  // namespace blooio::integration
