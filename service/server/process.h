// Settings of the process as a whole, made once at start.
#pragma once

namespace blooio::gateway {

// As many open files as the system allows, abseil's mutexes without their
// deadlock detector (it costs every lock), and gRPC's own log off.
void SetUpProcess();

// gRPC's errors from here on as lines of our log. After a successful start: a
// start that fails has one sentence of its own.
void ReportGrpcErrors();

}  // namespace blooio::gateway
