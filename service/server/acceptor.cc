#include "service/server/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

#include "service/base/clock.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

// How long to leave connections waiting when there is no descriptor for them.
constexpr int kPauseMilliseconds = 100;
// Before the others have their turn, and a stop its chance.
constexpr int kAtATime = 64;

bool IsOutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

int AllowedFiles() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<int>(std::min<rlim_t>(files.rlim_cur, std::numeric_limits<int>::max()));
}

Acceptor::Acceptor(ListeningSockets sockets, int allowed_files)
    : sockets_(std::move(sockets)),
      most_files_(std::min(allowed_files / 2, kMostFiles)),
      complaints_("connection", 1, SystemClock()),
      stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Acceptor::Start(Take take) {
  take_ = std::move(take);
  thread_ = std::thread([this] { Run(); });
}

void Acceptor::Stop() {
  if (thread_.joinable()) {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  sockets_.reset();
}

void Acceptor::Run() {
  std::vector<pollfd> events = {{stop_.get(), POLLIN, 0}};
  for (const FileDescriptor& socket : sockets_->sockets()) events.push_back({socket.get(), POLLIN, 0});
  while (true) {
    poll(events.data(), events.size(), -1);
    if (events[0].revents != 0) return;
    bool all = true;
    for (size_t i = 1; i < events.size(); ++i) {
      if (events[i].revents != 0) all &= AcceptSome(events[i].fd);
    }
    if (all) continue;
    Complain("waiting: no more files may be opened; raise the limit (ulimit -n)");
    poll(events.data(), 1, kPauseMilliseconds);
  }
}

bool Acceptor::AcceptSome(int listener) {
  for (int i = 0; i < kAtATime; ++i) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    // Other errors are those of connections that went away before.
    if (connection < 0) return !IsOutOfResources(errno);
    // The lowest number that is free: as many files are open.
    if (connection >= most_files_) {
      refused_->fetch_add(1, std::memory_order_relaxed);
      close(connection);
      Complain(
          "closed at once: half of the files that may be open are, or 16384; raise the limit (ulimit -n)");
      continue;
    }
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    take_(listener, connection);
  }
  return true;
}

void Acceptor::Complain(const char* what) {
  if (complaints_.Take()) Log(LogLevel::kWarning, "connections_refused", {{"message", what}});
}

}  // namespace blooio::gateway
