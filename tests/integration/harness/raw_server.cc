#include "tests/integration/harness/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "absl/time/clock.h"

namespace blooio::integration {
namespace {

// A socket bound to a free port of 127.0.0.1, which `address` then names.
int Bind(std::string& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    throw std::runtime_error("cannot bind a port");
  }
  address = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  return fd;
}

bool AwaitReadable(int fd, absl::Time until) {
  pollfd event{fd, POLLIN, 0};
  const int64_t left = absl::ToInt64Milliseconds(std::max(until - absl::Now(), absl::ZeroDuration()));
  return poll(&event, 1, static_cast<int>(left)) == 1;
}

}  // namespace

RawServer::RawServer() : listener_(Bind(address_)) {
  if (listen(listener_, 16) != 0) throw std::runtime_error("cannot listen");
}

RawServer::~RawServer() {
  close(listener_);
  if (connection_ >= 0) close(connection_);
}

long RawServer::ReadSome(absl::Time until) {
  if (connection_ < 0) {
    if (!AwaitReadable(listener_, until)) return -1;
    connection_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  }
  if (!AwaitReadable(connection_, until)) return -1;
  char buffer[65536];
  const ssize_t bytes = recv(connection_, buffer, sizeof buffer, 0);
  if (bytes <= 0) return 0;
  text_.append(buffer, static_cast<size_t>(bytes));
  return bytes;
}

bool RawServer::AwaitText(const std::string& text, absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  while (text_.find(text) == std::string::npos) {
    if (ReadSome(until) <= 0) return false;
  }
  return true;
}

bool RawServer::AwaitEnd(absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  while (true) {
    const long bytes = ReadSome(until);
    if (bytes <= 0) return bytes == 0;
  }
}

void RawServer::Answer(const std::string& bytes) const {
  if (send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("cannot answer");
  }
}

ClosedPort::ClosedPort() : socket_(Bind(address_)) {}

ClosedPort::~ClosedPort() { close(socket_); }

}  // namespace blooio::integration
