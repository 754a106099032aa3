#include "service/base/ticker.h"

#include <utility>

#include "service/base/signals_blocked.h"

namespace blooio::gateway {

Ticker::Ticker(absl::Duration period, absl::AnyInvocable<void()> tick)
    : period_(period), tick_(std::move(tick)) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { Run(); });
}

Ticker::~Ticker() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_one();
  thread_.join();
}

void Ticker::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, absl::ToChronoNanoseconds(period_), [this] { return stopped_; })) {
    lock.unlock();
    tick_();
    lock.lock();
  }
}

}  // namespace blooio::gateway
