#include "tests/integration/harness/connections.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>

namespace blooio::integration {
namespace {

// The port at the other end of a connected socket; 0 for anything else. gRPC's are
// of IPv6, whatever they connect to.
int PeerPort(int socket) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return 0;
  if (peer.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(peer).sin6_port);
  return peer.ss_family == AF_INET ? ntohs(reinterpret_cast<const sockaddr_in&>(peer).sin_port) : 0;
}

}  // namespace

std::set<uint64_t> ConnectionsTo(const std::string& address) {
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  std::set<uint64_t> connections;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int socket = std::stoi(entry.path().filename().string());
    struct stat status {};
    if (PeerPort(socket) == port && fstat(socket, &status) == 0) connections.insert(status.st_ino);
  }
  return connections;
}

}  // namespace blooio::integration
