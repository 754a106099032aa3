#include "service/server/signals.h"

#include <csignal>
#include <ctime>

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
  const timespec timeout = absl::ToTimespec(patience);
  return sigtimedwait(&set, nullptr, &timeout) > 0;
}

}  // namespace blooio::gateway
