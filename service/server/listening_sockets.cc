#include "service/server/listening_sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "service/base/text.h"
#include "service/config/listen_address.h"

namespace blooio::gateway {
namespace {

// The kernel cuts it down to what it allows.
constexpr int kBacklog = 4096;

absl::Status SystemError(int error) { return absl::UnavailableError(std::generic_category().message(error)); }

// Bound and listening; else the error is in errno.
FileDescriptor Bind(const sockaddr* address, socklen_t length) {
  FileDescriptor made(socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.valid()) return made;
  const int on = 1;
  const int off = 0;
  // A port in TIME_WAIT is free.
  setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->sa_family == AF_INET6) {
    setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  const bool bound = bind(made.get(), address, length) == 0 && listen(made.get(), kBacklog) == 0;
  const int error = errno;
  if (!bound) made = FileDescriptor();
  errno = error;
  return made;
}

int PortOf(const FileDescriptor& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// A socket that somebody left behind: nobody listens on it any more.
bool IsAbandoned(const sockaddr_un& address) {
  struct stat info;
  if (lstat(address.sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  // Does not wait for one whose queue is full: it is there.
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

absl::StatusOr<ListeningSockets> ListeningSockets::Open(const std::string& listen) {
  const auto address = ParseListenAddress(listen);
  if (!address.ok()) return address.status();
  ListeningSockets made;
  if (!address->unix_path.empty()) {
    made.address_ = listen;
    if (absl::Status status = made.OpenUnix(address->unix_path); !status.ok()) return status;
    return made;
  }
  if (absl::Status status = made.OpenTcp(address->tcp.host, address->tcp.port); !status.ok()) return status;
  made.address_ =
      Cat(std::string_view(listen).substr(0, listen.rfind(':')), ":", PortOf(made.sockets_.front()));
  return made;
}

ListeningSockets::~ListeningSockets() {
  if (unix_path_.empty() || sockets_.empty()) return;
  // Somebody else's may stand there by now.
  struct stat info;
  if (lstat(unix_path_.c_str(), &info) == 0 && info.st_dev == unix_device_ && info.st_ino == unix_inode_) {
    unlink(unix_path_.c_str());
  }
}

absl::Status ListeningSockets::OpenUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // ParseListenAddress takes no longer path.
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (IsAbandoned(address)) unlink(path.c_str());
  FileDescriptor socket = Bind(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (!socket.valid()) return SystemError(errno);
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return SystemError(errno);
  unix_path_ = path;
  unix_device_ = info.st_dev;
  unix_inode_ = info.st_ino;
  sockets_.push_back(std::move(socket));
  return absl::OkStatus();
}

absl::Status ListeningSockets::OpenTcp(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), "0", &hints, &found); error != 0) {
    return absl::UnavailableError(gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  int last_error = EADDRNOTAVAIL;
  for (addrinfo* one = found; one != nullptr; one = one->ai_next) {
    // Both families have the port in one place.
    reinterpret_cast<sockaddr_in*>(one->ai_addr)->sin_port = htons(static_cast<uint16_t>(port));
    FileDescriptor socket = Bind(one->ai_addr, one->ai_addrlen);
    if (socket.valid()) {
      port = PortOf(socket);
      sockets_.push_back(std::move(socket));
      continue;
    }
    last_error = errno;
    if (last_error != EADDRNOTAVAIL && last_error != EAFNOSUPPORT) return SystemError(last_error);
  }
  return sockets_.empty() ? SystemError(last_error) : absl::OkStatus();
}

}  // namespace blooio::gateway
