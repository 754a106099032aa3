#include "service/base/event_loop.h"

#include <future>
#include <utility>

#include "service/base/signals_blocked.h"
#include "service/base/thread_name.h"

namespace blooio::gateway {

EventLoop::EventLoop(std::string name) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this, name = std::move(name)]() mutable {
    NameThread(std::move(name));
    context_.run();
  });
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
