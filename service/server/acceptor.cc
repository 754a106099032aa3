#include "service/server/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <utility>

#include "service/base/clock.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

// How long to leave connections waiting when there is no descriptor for them.
constexpr std::chrono::milliseconds kPause(100);
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

Acceptor::Acceptor(EventLoop& loop, ListeningSockets sockets, int allowed_files)
    : loop_(loop),
      sockets_(std::move(sockets)),
      most_files_(std::min(allowed_files / 2, kMostFiles)),
      complaints_("connection", 1, SystemClock()) {}

void Acceptor::Start(Take take) {
  take_ = std::move(take);
  loop_.Post([this] {
    for (const FileDescriptor& socket : sockets_->sockets()) {
      Await(listeners_.emplace_back(loop_, socket.get()));
    }
  });
}

void Acceptor::Stop() {
  loop_.Cancel([this] {
    stopped_ = true;
    for (Listener& listener : listeners_) {
      // The socket itself is not its own.
      if (listener.socket.is_open()) listener.socket.release();
      listener.pause.cancel();
    }
  });
  sockets_.reset();
}

void Acceptor::Await(Listener& listener) {
  listener.socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                             [this, &listener](const boost::system::error_code&) {
                               if (!stopped_) OnReady(listener);
                             });
}

void Acceptor::OnReady(Listener& listener) {
  if (AcceptSome(listener.socket.native_handle())) return Await(listener);
  Complain("waiting: no more files may be opened; raise the limit (ulimit -n)");
  listener.pause.expires_after(kPause);
  listener.pause.async_wait([this, &listener](const boost::system::error_code&) {
    if (!stopped_) Await(listener);
  });
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
