// Faults of the upstream, as the sandbox is asked for them.
#pragma once

#include <random>
#include <string>

#include "tests/integration/harness/sandbox_server.h"

namespace blooio::soak {

struct UpstreamFault {
  // "503, executed"
  std::string name;
  // For /__sandbox/faults.
  integration::Json rule;
  int count = 1;
};

// A status that promises that nothing was done (4xx but 408, 501) is never executed.
UpstreamFault DrawUpstreamFault(std::mt19937_64& random);

}  // namespace blooio::soak
