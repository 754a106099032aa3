#include "service/server/bind_probe.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

namespace blooio::gateway {

std::string WhyNotBound(const std::string& listen) {
  if (listen.starts_with("unix:")) return "the socket cannot be created there";
  const size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (int error = getaddrinfo(host.c_str(), listen.substr(colon + 1).c_str(), &hints, &found); error != 0) {
    return gai_strerror(error);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  const int probe = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // As gRPC binds: a port in TIME_WAIT is free.
  const int on = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool bound = bind(probe, found->ai_addr, found->ai_addrlen) == 0 && ::listen(probe, 1) == 0;
  const int error = errno;
  close(probe);
  return bound ? "it was in use a moment ago" : std::generic_category().message(error);
}

bool IsUnixSocketInUse(const std::string& listen) {
  constexpr std::string_view kScheme = "unix:";
  sockaddr_un address{};
  if (!listen.starts_with(kScheme) || listen.size() - kScheme.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  listen.copy(address.sun_path, std::string::npos, kScheme.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return connected;
}

}  // namespace blooio::gateway
