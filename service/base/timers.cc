#include "service/base/timers.h"

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

namespace blooio::gateway {

void LoopTimers::After(absl::Duration delay, absl::AnyInvocable<void()> work) {
  loop_.Post([&loop = loop_, delay, work = std::move(work)]() mutable {
    auto timer = std::make_shared<boost::asio::steady_timer>(loop.context());
    timer->expires_after(absl::ToChronoNanoseconds(delay));
    // It lives for as long as it is waited for.
    timer->async_wait([timer, work = std::move(work)](const boost::system::error_code&) mutable { work(); });
  });
}

}  // namespace blooio::gateway
