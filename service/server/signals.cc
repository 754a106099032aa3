#include "service/server/signals.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "absl/time/clock.h"

namespace blooio::gateway {
namespace {

sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = EndSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
}

bool WaitForSignal(absl::Duration patience) {
  const sigset_t set = EndSignals();
  int signal = 0;
  if (patience == absl::InfiniteDuration()) return sigwait(&set, &signal) == 0;
  const absl::Time until = absl::Now() + patience;
  do {
    const timespec timeout = absl::ToTimespec(std::max(until - absl::Now(), absl::ZeroDuration()));
    signal = sigtimedwait(&set, nullptr, &timeout);
    // A stopped and continued process is interrupted without any signal.
  } while (signal < 0 && errno == EINTR);
  return signal > 0;
}

}  // namespace blooio::gateway
