#include "tests/unit/upstream/raw_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <utility>

namespace blooio::gateway {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int BindToFreePort(int fd) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  return ntohs(address.sin_port);
}

size_t BodySize(const std::string& head) {
  constexpr std::string_view kName = "\r\nContent-Length:";
  const size_t at = head.find(kName);
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + kName.size(), nullptr, 10);
}

}  // namespace

std::string RawConnection::ReadSome() {
  if (!valid()) return "";
  if ((!ssl_ || SSL_pending(ssl_.get()) == 0) && server_->AwaitReadable({fd()}) < 0) return "";
  std::array<char, 65536> buffer;
  const ssize_t size =
      ssl_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size()) : recv(fd(), buffer.data(), buffer.size(), 0);
  return std::string(buffer.data(), size > 0 ? static_cast<size_t>(size) : 0);
}

std::optional<std::string> RawConnection::ReadRequest() {
  for (;;) {
    if (const size_t end = unread_.find("\r\n\r\n"); end != std::string::npos) {
      const size_t size = end + 4 + BodySize(unread_.substr(0, end));
      if (unread_.size() >= size) {
        std::string request = unread_.substr(0, size);
        unread_.erase(0, size);
        server_->Record(request);
        return request;
      }
    }
    const std::string more = ReadSome();
    if (more.empty()) return std::nullopt;
    unread_ += more;
  }
}

void RawConnection::Write(std::string_view bytes) {
  while (valid() && !bytes.empty()) {
    const ssize_t size = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                              : send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
}

void RawConnection::AwaitClose() {
  while (!ReadSome().empty()) {
  }
}

void RawConnection::Close() {
  ssl_.reset();
  const FileDescriptor closing = std::move(socket_);
}

void RawConnection::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  Close();
}

RawServer::RawServer(Script script, SSL_CTX* tls)
    : tls_(tls),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      port_(BindToFreePort(listener_.get())) {
  if (listen(listener_.get(), 1024) != 0) std::abort();
  thread_ = std::thread([this, script = std::move(script)] {
    // OpenSSL writes to closed connections.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    script(*this);
  });
}

RawServer::~RawServer() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

int RawServer::AwaitReadable(const std::vector<int>& fds) {
  std::vector<pollfd> polled{{stop_.get(), POLLIN, 0}};
  for (int fd : fds) polled.push_back({fd, POLLIN, 0});
  while (poll(polled.data(), polled.size(), -1) < 0) {
  }
  if (polled[0].revents != 0) return -1;
  return std::find_if(polled.begin(), polled.end(), [](const pollfd& p) { return p.revents != 0; })->fd;
}

RawConnection RawServer::Accept() {
  RawConnection connection;
  connection.server_ = this;
  if (AwaitReadable({listener_.get()}) < 0) return connection;
  connection.socket_ = FileDescriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ++connections_;
  if (tls_ != nullptr) {
    connection.ssl_.reset(SSL_new(tls_));
    SSL_set_fd(connection.ssl_.get(), connection.fd());
    if (SSL_accept(connection.ssl_.get()) != 1) connection.Close();
  }
  return connection;
}

void RawServer::AnswerAll(std::string_view answer) {
  std::map<int, RawConnection> open;
  for (;;) {
    std::vector<int> fds{listener_.get()};
    for (const auto& [fd, connection] : open) fds.push_back(fd);
    const int ready = AwaitReadable(fds);
    if (ready < 0) return;
    if (ready == listener_.get()) {
      RawConnection connection = Accept();
      const int fd = connection.fd();
      if (connection.valid()) open[fd] = std::move(connection);
    } else if (open[ready].ReadRequest()) {
      open[ready].Write(answer);
    } else {
      open.erase(ready);
    }
  }
}

std::string RawServer::url() const {
  return (tls_ != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

int RawServer::requests() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(texts_.size());
}

std::vector<std::string> RawServer::request_texts() const {
  std::lock_guard lock(mutex_);
  return texts_;
}

void RawServer::Record(std::string request) {
  std::lock_guard lock(mutex_);
  texts_.push_back(std::move(request));
  more_texts_.notify_all();
}

void RawServer::AwaitRequests(int count) {
  std::unique_lock lock(mutex_);
  more_texts_.wait(lock, [&] { return static_cast<int>(texts_.size()) >= count; });
}

int UnusedPort() {
  const FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return BindToFreePort(fd.get());
}

FileDescriptor Dial(int port) {
  FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return {};
  return fd;
}

}  // namespace blooio::gateway
