#include "service/base/ticker.h"

#include <gtest/gtest.h>

#include <future>

namespace blooio::gateway {
namespace {

TEST(Ticker, TicksAgainAndAgainUntilItEnds) {
  EventLoop loop;
  int ticks = 0;  // Not guarded: the destructor is what orders the two threads.
  std::promise<void> third;
  {
    const Ticker ticker(loop, absl::Milliseconds(1), [&] {
      if (++ticks == 3) third.set_value();
    });
    third.get_future().wait();
  }
  EXPECT_GE(ticks, 3);
}

TEST(Ticker, EndsAtOnceHoweverLongItsPeriod) {
  EventLoop loop;
  bool ticked = false;
  {
    const Ticker ticker(loop, absl::Hours(1), [&] { ticked = true; });
  }
  EXPECT_FALSE(ticked);
}

}  // namespace
}  // namespace blooio::gateway
