// How a loop sleeps, and what libcurl asks it to wait for.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <limits>

#include "service/upstream/loop.h"

namespace blooio::gateway {
namespace {

constexpr int kEventsAtOnce = 256;

uint32_t EpollEvents(int what) {
  return ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
}

int CurlEvents(uint32_t events) {
  return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
         ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
}

}  // namespace

bool Upstream::Loop::ReadSockets() {
  std::array<epoll_event, kEventsAtOnce> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[i];
    // What is in the mailbox is read in any case.
    if (event.data.fd == mailbox_->wake_fd()) continue;
    if (const uint32_t wanted = watch_.Wanted(event)) {
      Act(event.data.fd, CurlEvents(wanted));
    }
  }
  return count > 0;
}

void Upstream::Loop::Act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &running);
  corks_.Release();
}

SteadyTime Upstream::Loop::NextDue() const {
  const SteadyTime timer = timer_.value_or(SteadyTime::max());
  return running_.empty() ? timer : std::min(timer, running_.begin()->first.first);
}

void Upstream::Loop::Watch() {
  epoll_event any{.events = EPOLLIN | EPOLLONESHOT, .data = {.fd = epoll_.get()}};
  epoll_ctl(sleep_.get(), EPOLL_CTL_MOD, epoll_.get(), &any);
}

void Upstream::Loop::Sleep(SteadyTime until) {
  int wait = -1;
  if (until != SteadyTime::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    wait = static_cast<int>(std::clamp<int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
  }
  epoll_event any;
  epoll_wait(sleep_.get(), &any, 1, wait);
}

void Upstream::Loop::Leave(bool came) {
  std::lock_guard lock(turn_);
  if (came) --attending_;
  if (attending_ > 0) return;
  mailbox_->PassOn(!open_ || NextDue() < sleeps_until_);
  Watch();
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
