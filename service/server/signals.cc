#include "service/server/signals.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "absl/time/clock.h"

namespace blooio::gateway {
namespace {

sigset_t AwaitedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

// sigtimedwait with a time so far ahead that no process lives to see it.
constexpr absl::Duration kLongest = absl::Hours(24 * 365);

}  // namespace

void BlockSignals() {
  const sigset_t set = AwaitedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // nohup would have it ignored, and an ignored signal is never waited for.
  std::signal(SIGHUP, SIG_DFL);
}

Signal WaitForSignal(absl::Duration patience) {
  const sigset_t set = AwaitedSignals();
  const absl::Time until = absl::Now() + std::min(patience, kLongest);
  int signal = 0;
  do {
    const timespec timeout = absl::ToTimespec(std::max(until - absl::Now(), absl::ZeroDuration()));
    signal = sigtimedwait(&set, nullptr, &timeout);
    // A stopped and continued process is interrupted without any signal.
  } while (signal < 0 && errno == EINTR);
  if (signal < 0) return Signal::kNone;
  return signal == SIGHUP ? Signal::kReload : Signal::kEnd;
}

void AskForReload() { kill(getpid(), SIGHUP); }

}  // namespace blooio::gateway
