#include "service/base/event_loop.h"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <future>
#include <memory>
#include <vector>

namespace blooio::gateway {
namespace {

TEST(EventLoop, RunsWhatIsPostedInOrderOnOneThreadOfItsOwn) {
  EventLoop loop;
  std::vector<int> order;
  std::thread::id thread;
  for (int i = 0; i < 100; ++i) loop.Post([&order, i] { order.push_back(i); });
  loop.Post([&thread] { thread = std::this_thread::get_id(); });
  loop.Flush();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(EventLoop, EndsWithAllThatWasPosted) {
  int runs = 0;  // Not guarded: the destructor is what orders the two threads.
  {
    EventLoop loop;
    for (int i = 0; i < 100; ++i) loop.Post([&runs] { ++runs; });
  }
  EXPECT_EQ(runs, 100);
}

TEST(EventLoop, CancelReturnsWhenWhatItCancelledHasRun) {
  EventLoop loop;
  for (int round = 0; round < 100; ++round) {
    bool told = false;  // Not guarded: Cancel is what orders the two threads.
    auto timer = std::make_unique<boost::asio::steady_timer>(loop.context());
    timer->expires_after(std::chrono::hours(1));
    timer->async_wait([&told](const boost::system::error_code&) { told = true; });
    loop.Cancel([&timer] { timer->cancel(); });
    ASSERT_TRUE(told) << round;
  }
}

TEST(EventLoop, EndsAtOnceWhateverIsStillWaitedFor) {
  bool rang = false;
  std::unique_ptr<boost::asio::steady_timer> timer;
  {
    EventLoop loop;
    timer = std::make_unique<boost::asio::steady_timer>(loop.context());
    timer->expires_after(std::chrono::hours(1));
    // Its end may still be told, as an error: that depends on who is faster.
    timer->async_wait([&rang](const boost::system::error_code& error) { rang = !error; });
    loop.Post([&timer] { timer.reset(); });
  }
  EXPECT_FALSE(rang);
}

TEST(EventLoop, KeepsTime) {
  EventLoop loop;
  boost::asio::steady_timer timer(loop.context());
  std::promise<void> rang;
  loop.Post([&] {
    timer.expires_after(std::chrono::milliseconds(1));
    timer.async_wait([&rang](const boost::system::error_code& error) {
      if (!error) rang.set_value();
    });
  });
  rang.get_future().wait();
}

}  // namespace
}  // namespace blooio::gateway
