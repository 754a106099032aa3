// Plots as SVG: latency and CPU against calls in flight.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/bench/load/sample.h"

namespace blooio::bench {

// File names and their contents: "cpu_http1.svg", "p50_http2.svg", …
std::vector<std::pair<std::string, std::string>> Plots(const std::vector<Result>& results);

}  // namespace blooio::bench
