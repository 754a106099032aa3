// Requests that leave together. Written one after the other to a connection, each would be a
// packet of its own, which wakes up who waits at the other end; over HTTP/2 a request's head and
// body already are two. A corked socket gathers what is written, full packets aside, until it is
// released: when libcurl has written all that it can just now, or after a few requests, so that
// none waits for long.
//
//   corks.Hold(socket);   // before a request is written
//   corks.Release();      // when nothing more is about to be
//   corks.Closed(socket);
//
// What stays on a corked socket Linux sends after 200 ms (tcp(7), TCP_CORK). Not thread-safe.
#pragma once

#include <cstddef>
#include <vector>

namespace blooio::gateway {

class Corks {
 public:
  // For one request; `socket` is of TCP.
  void Hold(int socket);
  void Release();
  // Before it is closed.
  void Closed(int socket);

 private:
  std::vector<int> sockets_;
  size_t requests_ = 0;
};

}  // namespace blooio::gateway
