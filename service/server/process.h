// Settings of the process as a whole, made once at start.
#pragma once

#include "absl/status/status.h"

namespace blooio::gateway {

// No core dumps, and no look into our memory for other processes of our user
// (PR_SET_DUMPABLE, prctl(2)): gdb, strace and gcore need root or CAP_SYS_PTRACE,
// and /proc/<pid>/environ and its like are root's. As many open files as the system
// allows, standard streams that are open, abseil's mutexes without their deadlock
// detector (it costs every lock), and the logs of gRPC and protobuf off: they would
// write to stderr by themselves, and wait for it. Fails when too few files may be
// open. First in main.
absl::Status SetUpProcess();

}  // namespace blooio::gateway
