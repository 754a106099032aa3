// A libcurl multi handle, its connections, and the calls on them.
//
// Whoever carries it takes turns: a turn does all that can be done without waiting. Its own
// thread does so by itself; threads that serve callers take turns between two calls
// (shift.h), and while one of them is about, its own thread sleeps on: waking
// up costs more than all that there is to do for a call. Sleeps are in epoll_wait only;
// libcurl's timer and the calls' limits are numbers that bound them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/node_hash_map.h"
#include "service/upstream/attempt.h"
#include "service/upstream/corks.h"
#include "service/upstream/curl_handles.h"
#include "service/upstream/origin.h"
#include "service/upstream/socket_watch.h"
#include "service/upstream/sockets.h"
#include "service/upstream/transfer.h"

namespace blooio::gateway {

class Upstream::Loop {
 public:
  // Starts the thread, "upstream-`number`". `options` must outlive the loop.
  static absl::StatusOr<std::unique_ptr<Loop>> Create(const UpstreamOptions& options, size_t number);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Ends what still runs as kCancelled, then joins the thread.
  ~Loop();

  // Does what can be done without waiting, with or without reading from the sockets; false:
  // nothing could. Any thread that Mailbox::WillRead.
  bool Turn(bool reads);
  // As long as anybody is about, the loop's own thread leaves all turns to them. Any thread.
  void Come() { ++attending_; }
  // Hands over what there is; `came`: takes a Come back.
  void Leave(bool came);

  // Where calls come in. Any thread.
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  // Begins what the destructor does, without waiting. Any thread.
  void Stop() { mailbox_->Close(); }
  // Its connections. Any thread.
  const ConnectionCounts& connections() const { return sockets_.counts(); }

 private:
  using Key = std::pair<SteadyTime, Transfer*>;

  Loop(const UpstreamOptions& options, FileDescriptor epoll, FileDescriptor sleep, FileDescriptor wake);
  bool Prepare();
  void Run();
  bool ReadMailbox();
  void Begin(const std::shared_ptr<RunningAttempt>& attempt);
  static void EndUnsent(RunningAttempt& attempt, AttemptEnd end, const char* why);
  void Schedule(std::unique_ptr<Transfer> owner);
  std::unique_ptr<Transfer> Unschedule(Transfer& transfer);
  // Hands a transfer to libcurl.
  void Launch(Transfer& transfer);
  // The same attempt once more, on a new connection; nothing of it was sent.
  void Relaunch(Transfer& transfer);
  // True if there were any whose turn it is.
  bool LaunchWaiting();
  void StopWaiting(Transfer& transfer);
  void End(Transfer& transfer, CURLcode code, bool cancelled);
  bool EndFinished();
  bool EndDue();
  bool ReadSockets();
  // Tells libcurl of a socket, or that its time has come; what it writes leaves.
  void Act(curl_socket_t socket, int events);
  // When a turn is due although nothing happens.
  SteadyTime NextDue() const;
  // A turn, by who holds turn_.
  bool TakeTurn(bool reads);
  // Its own thread wakes up for what happens from now on, once.
  void Watch();
  void Sleep(SteadyTime until);

  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);

  const UpstreamOptions& options_;
  // Of the sockets and the mailbox; and that of the former, in which its own thread sleeps.
  const FileDescriptor epoll_;
  const FileDescriptor sleep_;
  std::atomic<int> attending_ = 0;
  // Held for a turn, over all that follows.
  std::mutex turn_;
  // What its own thread sleeps for at most.
  SteadyTime sleeps_until_;
  const std::shared_ptr<Mailbox> mailbox_;
  SocketWatch watch_{epoll_.get()};
  Corks corks_;
  Sockets sockets_{watch_, corks_};
  CurlMulti multi_;
  // Destroyed before multi_. Ordered by what is due first.
  absl::btree_map<Key, std::unique_ptr<Transfer>> running_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  // By base URL.
  absl::node_hash_map<std::string, Origin> origins_;
  size_t waiting_ = 0;
  // The only transfer that libcurl has had since it was given this one; null if there is none.
  const Transfer* alone_ = nullptr;
  std::vector<Mailbox::Message> messages_;
  // When libcurl wants to be called, if at all.
  std::optional<SteadyTime> timer_;
  SteadyTime now_;
  std::atomic<bool> open_ = true;
  std::thread thread_;
};

}  // namespace blooio::gateway
