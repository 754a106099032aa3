#include "service/base/timers.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

namespace blooio::gateway {
namespace {

TEST(LoopTimersTest, DoesThingsInTheOrderOfTheirTimesAndNeverAtOnce) {
  EventLoop loop;
  LoopTimers timers(loop);
  std::promise<void> done;
  std::string order;
  // Both are told to the loop before either can ring.
  loop.Post([&] {
    timers.After(absl::Milliseconds(30), [&] {
      order += "b";
      done.set_value();
    });
    timers.After(absl::ZeroDuration(), [&] { order += "a"; });
    order += "-";
  });
  done.get_future().wait();
  EXPECT_EQ(order, "-ab");
}

TEST(LoopTimersTest, WhatIsStillToComeGoesWithTheLoop) {
  const auto held = std::make_shared<int>();
  {
    EventLoop loop;
    LoopTimers timers(loop);
    timers.After(absl::Hours(1), [held] { FAIL(); });
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace blooio::gateway
