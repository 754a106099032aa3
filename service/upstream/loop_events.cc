// How a loop sleeps, and what libcurl asks it to wait for.
#include <sys/epoll.h>

#include <algorithm>
#include <array>

#include "service/upstream/loop.h"

namespace blooio::gateway {
namespace {

constexpr int kEventsAtOnce = 64;

uint32_t EpollEvents(int what) {
  return ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
}

int CurlEvents(uint32_t events) {
  return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
         ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
}

}  // namespace

void Upstream::Loop::Wait() {
  SteadyTime until = timer_.value_or(SteadyTime::max());
  if (!running_.empty()) until = std::min(until, running_.begin()->first.first);
  int wait = -1;
  if (until != SteadyTime::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    wait = static_cast<int>(std::max<int64_t>(left.count(), 0));
  }
  std::array<epoll_event, kEventsAtOnce> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, wait);
  int running = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[i];
    if (event.data.fd == mailbox_->wake_fd()) {
      mail_ = true;
    } else if (const uint32_t wanted = watch_.Wanted(event)) {
      curl_multi_socket_action(multi_.get(), event.data.fd, CurlEvents(wanted), &running);
    }
  }
}

int Upstream::Loop::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<Loop*>(self)->watch_.Want(socket, what == CURL_POLL_REMOVE ? 0 : EpollEvents(what));
  return 0;
}

int Upstream::Loop::OnTimer(CURLM*, long milliseconds, void* self) {
  auto& loop = *static_cast<Loop*>(self);
  if (milliseconds < 0) {
    loop.timer_.reset();
  } else if (milliseconds == 0) {
    loop.timer_ = SteadyTime();  // long due
  } else {
    loop.timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  }
  return 0;
}

}  // namespace blooio::gateway
