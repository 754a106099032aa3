#include "tests/integration/harness/raw_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace blooio::integration {

RawClient::RawClient(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const size_t colon = address.rfind(':');
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0) {
    close(socket_);
    throw std::runtime_error("no connection to " + address);
  }
}

RawClient::~RawClient() { close(socket_); }

void RawClient::Send(const std::string& bytes) const {
  send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string RawClient::ReadSome() const {
  std::array<char, 16384> chunk;
  const ssize_t count = recv(socket_, chunk.data(), chunk.size(), 0);
  return {chunk.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
}

std::string RawClient::ReadToEnd(absl::Duration patience, bool* closed) const {
  std::string text;
  std::array<char, 65536> chunk;
  pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
  ssize_t count = 1;
  while (count > 0 && poll(&readable, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) == 1) {
    count = recv(socket_, chunk.data(), chunk.size(), 0);
    if (count > 0) text.append(chunk.data(), static_cast<size_t>(count));
  }
  if (closed != nullptr) *closed = count <= 0;
  return text;
}

}  // namespace blooio::integration
