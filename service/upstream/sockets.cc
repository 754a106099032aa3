#include "service/upstream/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

std::string OneEnd(std::string_view ip, int port) { return Cat(ip, " ", port); }

// As libcurl writes it; empty for anything but IP.
std::string OneEnd(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(address);
    inet_ntop(AF_INET, &ipv4->sin_addr, text, sizeof(text));
    return OneEnd(text, ntohs(ipv4->sin_port));
  }
  if (address->sa_family == AF_INET6) {
    const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(address);
    inet_ntop(AF_INET6, &ipv6->sin6_addr, text, sizeof(text));
    return OneEnd(text, ntohs(ipv6->sin6_port));
  }
  return "";
}

std::string LocalEnd(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  return getsockname(socket, address, &size) == 0 ? OneEnd(address) : "";
}

// Null without TLS.
SSL* SessionOf(CURL* easy) {
  curl_tlssessioninfo* info = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || info == nullptr) return nullptr;
  return info->backend == CURLSSLBACKEND_OPENSSL ? static_cast<SSL*>(info->internals) : nullptr;
}

bool SpeaksHttp2(const SSL* session) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(session, &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

bool HasUnread(int socket) {
  char byte;
  return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace

curl_socket_t Sockets::Open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& sockets = *static_cast<Sockets*>(self);
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  sockets.counts_.opened.fetch_add(1, std::memory_order_relaxed);
  sockets.Forget(fd);
  sockets.watch_.Opened(fd);
  sockets.unused_.emplace_back(fd, OneEnd(&address->addr));
  return fd;
}

int Sockets::Close(void* self, curl_socket_t socket) {
  auto& sockets = *static_cast<Sockets*>(self);
  sockets.counts_.closed.fetch_add(1, std::memory_order_relaxed);
  sockets.Forget(socket);
  sockets.watch_.Closed(socket);
  sockets.corks_.Closed(socket);
  return close(socket);
}

bool Sockets::SpeakHttp2(CURL* easy) {
  const SSL* const session = SessionOf(easy);
  return session != nullptr && SpeaksHttp2(session);
}

void Sockets::Forget(int socket) {
  std::erase_if(unused_, [socket](const auto& opened) { return opened.first == socket; });
  if (const auto it = ends_.find(socket); it != ends_.end()) {
    used_.erase(it->second);
    ends_.erase(it);
  }
}

int Sockets::TakeUnused(std::string_view peer_end, std::string_view local_end) {
  for (auto it = unused_.begin(); it != unused_.end(); ++it) {
    const int socket = it->first;
    if (it->second != peer_end || LocalEnd(socket) != local_end) continue;
    ends_[socket] = asked_;
    used_[asked_] = socket;
    unused_.erase(it);
    return socket;
  }
  return -1;
}

bool Sockets::Take(CURL* easy, std::string_view peer, int peer_port, std::string_view local, int local_port) {
  SSL* const session = SessionOf(easy);
  // Frames say whose they are.
  const bool http2 = session != nullptr && SpeaksHttp2(session);
  asked_.clear();
  Append(&asked_, peer, " ", peer_port, " ", local, " ", local_port);
  int socket = -1;
  if (const auto it = used_.find(asked_); it != used_.end()) {
    socket = it->second;
    const bool unread =
        !http2 && (HasUnread(socket) || (session != nullptr && SSL_has_pending(session) == 1));
    if (unread) return false;
  } else {
    socket = TakeUnused(OneEnd(peer, peer_port), OneEnd(local, local_port));
  }
  if (socket >= 0) {
    corks_.Hold(socket);
    return true;
  }
  // A connection that is none of ours: it cannot be looked at, so only a new one will do.
  long opened = 0;
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
  return http2 || opened > 0;
}

}  // namespace blooio::gateway
