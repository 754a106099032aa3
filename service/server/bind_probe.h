// Why an address could not be bound: gRPC says only that it could not.
#pragma once

#include <string>

namespace blooio::gateway {

// Tries to bind `listen` ("host:port", "[v6]:port", "unix:/path") by itself and
// returns the system's words, such as "Address already in use". Looks the host
// up, so for start-up only.
std::string WhyNotBound(const std::string& listen);

// Whether somebody listens on this "unix:/path" already: gRPC would take the
// path away from under it. False for every other address.
bool IsUnixSocketInUse(const std::string& listen);

}  // namespace blooio::gateway
