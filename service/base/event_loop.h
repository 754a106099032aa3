// A thread that does small things when it is told to, when their time has come,
// or when a socket is ready. Nothing that runs on it may wait.
//
//   EventLoop loop("limits");
//   loop.Post([] { … });                                   // any thread
//   boost::asio::steady_timer timer(loop.context());       // used on the loop only
//
// What was posted runs, at the latest in the destructor; a timer or socket that is
// still waited for does not hold it up. Whoever has those ends before the loop does.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>
#include <utility>

namespace blooio::gateway {

class EventLoop {
 public:
  // `name`: of its thread.
  explicit EventLoop(std::string name = "loop");
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  // Joins the thread. Not to be called on the loop.
  ~EventLoop();

  // Runs `work` on the loop, never inside Post. Any thread.
  template <class Work>
  void Post(Work work) {
    boost::asio::post(context_, std::move(work));
  }
  // Returns when what was posted before has run. Not to be called on the loop.
  void Flush();

  // Runs `cancel`, which ends waits for timers and sockets, and returns when what they called
  // has run too. Not to be called on the loop.
  template <class Work>
  void Cancel(Work cancel) {
    Post(std::move(cancel));
    Flush();
    Flush();  // The first one may have been posted before what they call was.
  }

  // For timers and sockets.
  boost::asio::io_context& context() { return context_; }

 private:
  // One thread runs it.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = make_work_guard(context_);
  std::thread thread_;
};

}  // namespace blooio::gateway
