#include "service/upstream/socket_watch.h"

namespace blooio::gateway {

void SocketWatch::Want(int socket, uint32_t events) {
  Socket& known = At(socket);
  known.wanted = events;
  const bool lets_go = events == 0 && !known.ours;
  if (lets_go || (events & ~known.watched) != 0) Tell(socket, known);
}

uint32_t SocketWatch::Wanted(const epoll_event& event) {
  Socket& known = At(event.data.fd);
  const uint32_t events = known.wanted == 0 ? 0 : event.events & (known.wanted | EPOLLERR | EPOLLHUP);
  // It would come again and again.
  if (events == 0 && known.watched != 0) Tell(event.data.fd, known);
  return events;
}

SocketWatch::Socket& SocketWatch::At(int socket) {
  const auto place = static_cast<size_t>(socket);
  if (place >= sockets_.size()) sockets_.resize(place + 1);
  return sockets_[place];
}

void SocketWatch::Tell(int socket, Socket& known) const {
  epoll_event event{.events = known.wanted, .data = {.fd = socket}};
  const int what = known.wanted == 0 ? EPOLL_CTL_DEL : known.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  const bool told = epoll_ctl(epoll_, what, socket, &event) == 0;
  known.watched = told ? known.wanted : 0;  // Tried again when it is wanted next.
}

}  // namespace blooio::gateway
