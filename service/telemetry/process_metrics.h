// The process as every Prometheus client shows it: CPU, memory, files, threads,
// start. Linux: read from /proc/self.
#pragma once

#include "service/telemetry/metrics.h"

namespace blooio::gateway {

void AddProcessMetrics(Metrics& metrics);

}  // namespace blooio::gateway
