// Accepts connections, on an event loop, and hands them to the server.
//
// In place of gRPC 1.51's own listener, which closes for good when descriptors run
// out, so that anybody who can connect could end the service. This one leaves
// half of them to the rest of the process, of which the upstream's connections may
// take nearly all: a connection beyond is closed at once, and when there are none at
// all, accepting pauses. Where files are plenty, memory is what runs out: a TLS
// handshake takes 60 KB, so that there are at most kMostFiles.
//
//   Acceptor acceptor(loop, *ListeningSockets::Open(listen), AllowedFiles());
//   acceptor.Start([&](int listener, int connection) { … });
//   …
//   acceptor.Stop();
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "service/base/event_loop.h"
#include "service/server/listening_sockets.h"
#include "service/telemetry/line_budget.h"

namespace blooio::gateway {

// How many files the process may open (RLIMIT_NOFILE).
int AllowedFiles();

class Acceptor {
 public:
  static constexpr int kMostFiles = 16'384;

  // Takes the descriptor of a connection over, which is non-blocking.
  using Take = std::function<void(int listener, int connection)>;

  // `loop` outlives it.
  Acceptor(EventLoop& loop, ListeningSockets sockets, int allowed_files);
  ~Acceptor() { Stop(); }

  // Connections that were closed at once. Outlives the acceptor.
  std::shared_ptr<const std::atomic<uint64_t>> refused() const { return refused_; }

  void Start(Take take);
  // Closes the sockets; nothing is taken any more when it returns. Not on the loop.
  void Stop();

 private:
  // One socket, and the wait for what comes to it.
  struct Listener {
    Listener(EventLoop& loop, int fd) : socket(loop.context(), fd), pause(loop.context()) {}
    boost::asio::posix::stream_descriptor socket;
    boost::asio::steady_timer pause;
  };

  void Await(Listener& listener);
  void OnReady(Listener& listener);
  // False when there is no descriptor for what has come.
  bool AcceptSome(int listener);
  void Complain(const char* what);

  EventLoop& loop_;
  std::optional<ListeningSockets> sockets_;
  const int most_files_;
  const std::shared_ptr<std::atomic<uint64_t>> refused_ = std::make_shared<std::atomic<uint64_t>>();
  LineBudget complaints_;
  Take take_;
  // Of the loop.
  std::deque<Listener> listeners_;
  bool stopped_ = false;
};

}  // namespace blooio::gateway
