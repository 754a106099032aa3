#include "service/upstream/corks.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace blooio::gateway {
namespace {

// Writing one is some 15 us of work, which the first of them waits for.
constexpr size_t kRequestsAtOnce = 16;

void SetCork(int socket, int on) { setsockopt(socket, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)); }

}  // namespace

void Corks::Hold(int socket) {
  if (requests_ == kRequestsAtOnce) Release();
  ++requests_;
  if (std::find(sockets_.begin(), sockets_.end(), socket) != sockets_.end()) return;
  sockets_.push_back(socket);
  SetCork(socket, 1);
}

void Corks::Release() {
  for (const int socket : sockets_) SetCork(socket, 0);
  sockets_.clear();
  requests_ = 0;
}

void Corks::Closed(int socket) { std::erase(sockets_, socket); }

}  // namespace blooio::gateway
