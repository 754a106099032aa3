#include "service/base/event_loop.h"

#include <future>

#include "service/base/signals_blocked.h"

namespace blooio::gateway {

EventLoop::EventLoop() {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { context_.run(); });
}

EventLoop::~EventLoop() {
  // What is posted runs in order, this last.
  Post([this] { context_.stop(); });
  thread_.join();
}

void EventLoop::Flush() {
  std::promise<void> done;
  Post([&done] { done.set_value(); });
  done.get_future().wait();
}

}  // namespace blooio::gateway
