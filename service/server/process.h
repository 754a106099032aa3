// Settings of the process as a whole, made once at start.
#pragma once

namespace blooio::gateway {

// As many open files as the system allows, abseil's mutexes without their
// deadlock detector (it costs every lock), and gRPC's own log reduced to errors,
// in our log's form.
void SetUpProcess();

}  // namespace blooio::gateway
