#include "service/base/ticker.h"

#include <utility>

namespace blooio::gateway {

Ticker::Ticker(EventLoop& loop, absl::Duration period, absl::AnyInvocable<void()> tick)
    : loop_(loop), period_(period), tick_(std::move(tick)), timer_(loop.context()) {
  loop_.Post([this] { Wait(); });
}

Ticker::~Ticker() {
  loop_.Cancel([this] {
    stopped_ = true;
    timer_.cancel();
  });
}

void Ticker::Wait() {
  timer_.expires_after(absl::ToChronoNanoseconds(period_));
  timer_.async_wait([this](const boost::system::error_code&) {
    if (stopped_) return;
    tick_();
    Wait();
  });
}

}  // namespace blooio::gateway
