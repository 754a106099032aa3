// What epoll watches for libcurl. Between two calls libcurl lets go of a connection's socket,
// to ask for it again a moment later: two system calls for each call, unless the socket just
// stays watched, as it does here until it has something to say that nobody wants to hear.
//
//   SocketWatch watch(epoll_fd);
//   watch.Opened(fd);                      // by the open-socket callback
//   watch.Want(fd, EPOLLIN);               // 0: nothing, for now
//   if (uint32_t events = watch.Wanted(event)) …   // of what epoll_wait gave
//   watch.Closed(fd);                      // before it is closed
//
// Sockets whose opening was not told, such as those of libcurl's resolver, may be closed
// without a word too, so they are let go of at once. Not thread-safe.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <vector>

namespace blooio::gateway {

class SocketWatch {
 public:
  explicit SocketWatch(int epoll) : epoll_(epoll) {}

  void Opened(int socket) { At(socket) = {.ours = true}; }
  void Closed(int socket) { At(socket) = {}; }
  // From now on these events (EPOLLIN, EPOLLOUT), no others.
  void Want(int socket, uint32_t events);
  // Those of an event that are wanted, errors included; 0: it came in vain.
  uint32_t Wanted(const epoll_event& event);

 private:
  struct Socket {
    bool ours = false;
    uint32_t wanted = 0;
    // What epoll has been told.
    uint32_t watched = 0;
  };

  // By descriptor.
  Socket& At(int socket);
  void Tell(int socket, Socket& known) const;

  const int epoll_;
  std::vector<Socket> sockets_;
};

}  // namespace blooio::gateway
