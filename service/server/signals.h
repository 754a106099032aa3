// SIGTERM, SIGINT and SIGHUP as events to wait for, in place of handlers.
#pragma once

#include "absl/time/time.h"

namespace blooio::gateway {

// Blocks the signals in this thread and all it starts, and ignores SIGPIPE.
// First thing in main.
void BlockSignals();

enum class Signal {
  // None came in time.
  kNone,
  // SIGTERM or SIGINT.
  kEnd,
  // SIGHUP: read the configuration again.
  kReload,
};

// Waits for one of them, at most `patience`.
Signal WaitForSignal(absl::Duration patience);

// Makes this process reload as if somebody had sent SIGHUP. Any thread.
void AskForReload();

}  // namespace blooio::gateway
