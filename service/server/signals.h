// SIGTERM and SIGINT as events to wait for, in place of handlers.
#pragma once

#include "absl/time/time.h"

namespace blooio::gateway {

// Blocks the signals in this thread and all it starts, and ignores SIGPIPE and
// SIGHUP. First thing in main.
void BlockSignals();

// Waits for SIGTERM or SIGINT, at most `patience`. True when one came.
bool WaitForSignal(absl::Duration patience);

}  // namespace blooio::gateway
