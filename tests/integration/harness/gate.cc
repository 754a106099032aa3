#include "tests/integration/harness/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace blooio::integration {
namespace {

constexpr int kSmallBuffer = 4096;

sockaddr_in Loopback(int port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(static_cast<uint16_t>(port));
  return name;
}

int PortOf(const std::string& address) { return std::stoi(address.substr(address.rfind(':') + 1)); }

int Dial(int port, int flags = 0) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  const sockaddr_in name = Loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 || errno == EINPROGRESS) {
    return fd;
  }
  close(fd);
  return -1;
}

// A socket that holds a port, free or named, without listening.
int Bind(int port, std::string& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in name = Loopback(port);
  socklen_t size = sizeof name;
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    throw std::runtime_error("cannot bind a port");
  }
  address = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  return fd;
}

// Closing it resets it.
void ResetOnClose(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

// One direction of a passage; false at its end.
bool Move(int from, int to) {
  std::array<char, 65536> buffer;
  const ssize_t count = recv(from, buffer.data(), buffer.size(), 0);
  return count > 0 && send(to, buffer.data(), static_cast<size_t>(count), MSG_NOSIGNAL) == count;
}

// Until either ends.
void Join(int one, int other) {
  std::array<pollfd, 2> both{{{one, POLLIN, 0}, {other, POLLIN, 0}}};
  while (poll(both.data(), both.size(), -1) > 0) {
    if (both[0].revents != 0 && !Move(one, other)) return;
    if (both[1].revents != 0 && !Move(other, one)) return;
  }
}

}  // namespace

Gate::Gate(const std::string& backend, Way way, size_t read) : backend_(backend), read_(read), way_(way) {
  close(Bind(0, address_));
  Open();
}

Gate::~Gate() { Close(); }

int Gate::connections() const {
  std::lock_guard lock(mutex_);
  return connections_;
}

void Gate::Use(Way way) {
  Close();
  way_ = way;
  Open();
}

void Gate::Open() {
  listener_ = Bind(PortOf(address_), address_);
  if (way_ == Way::kRefuse) return;
  if (way_ == Way::kReset || way_ == Way::kHangUp) {
    setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &kSmallBuffer, sizeof kSmallBuffer);
  }
  if (listen(listener_, way_ == Way::kSilent ? 0 : 128) != 0) throw std::runtime_error("cannot listen");
  if (way_ == Way::kSilent) {
    // The queue takes one more than it is told.
    for (int i = 0; i < 2; ++i) fillers_.push_back(Dial(PortOf(address_), SOCK_NONBLOCK));
    pollfd first{fillers_.front(), POLLOUT, 0};
    poll(&first, 1, -1);
    return;
  }
  acceptor_ = std::thread([this] { Accept(); });
}

void Gate::Close() {
  shutdown(listener_, SHUT_RDWR);
  if (acceptor_.joinable()) acceptor_.join();
  for (const int filler : fillers_) close(filler);
  fillers_.clear();
  Cut();
  for (Passage& passage : passages_) passage.thread.join();
  passages_.clear();
  close(listener_);
}

void Gate::Cut() {
  std::lock_guard lock(mutex_);
  for (Passage& passage : passages_) {
    // Its thread wakes up and closes it.
    if (passage.peer >= 0) ResetOnClose(passage.peer);
    if (passage.peer >= 0) shutdown(passage.peer, SHUT_RD);
    if (passage.backend >= 0) shutdown(passage.backend, SHUT_RDWR);
  }
}

void Gate::Accept() {
  while (true) {
    const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    std::lock_guard lock(mutex_);
    ++connections_;
    Passage& passage = passages_.emplace_back();
    passage.peer = peer;
    passage.thread = std::thread([this, &passage] { Carry(passage); });
  }
}

void Gate::Carry(Passage& passage) {
  if (way_ == Way::kPass) {
    const int backend = Dial(PortOf(backend_));
    {
      std::lock_guard lock(mutex_);
      passage.backend = backend;
    }
    if (backend >= 0) Join(passage.peer, backend);
  } else {
    std::array<char, 1024> buffer;
    size_t left = read_;
    while (left > 0) {
      const ssize_t count = recv(passage.peer, buffer.data(), std::min(left, buffer.size()), 0);
      if (count <= 0) break;
      left -= static_cast<size_t>(count);
    }
    // What was not read would make of a FIN an RST.
    if (way_ == Way::kHangUp) {
      while (recv(passage.peer, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
      }
    }
    if (way_ == Way::kReset) ResetOnClose(passage.peer);
  }
  std::lock_guard lock(mutex_);
  close(passage.peer);
  if (passage.backend >= 0) close(passage.backend);
  passage.peer = passage.backend = -1;
}

}  // namespace blooio::integration
