// Things that live on an event loop, used from a test's thread.
//
//   OnLoop<RedisConnection> connection(options, randomness, on_state);   // after the loop
//   connection.Do([](RedisConnection& c) { c.Run(…); });                 // and waits
#pragma once

#include <optional>
#include <utility>

#include "service/base/event_loop.h"

namespace blooio::gateway {

template <class T>
class OnLoop {
 public:
  template <class... Arguments>
  explicit OnLoop(Arguments&&... arguments) {
    loop_.Post([&] { thing_.emplace(loop_, std::forward<Arguments>(arguments)...); });
    loop_.Flush();
  }
  ~OnLoop() { End(); }

  // Runs `work` with the thing, on the loop, and returns after it.
  template <class Work>
  void Do(Work work) {
    loop_.Post([&] { work(*thing_); });
    loop_.Flush();
  }
  void End() {
    loop_.Post([this] { thing_.reset(); });
    loop_.Flush();
  }

 private:
  EventLoop loop_;
  std::optional<T> thing_;
};

}  // namespace blooio::gateway
