#include "service/ratelimit/limit.h"

#include <cmath>

namespace blooio::gateway {

Rate PerSecond(double tokens) {
  // Continued fractions: each step yields the best fraction for its size.
  int64_t above = 1, below = 0, above_before = 0, below_before = 1;
  double rest = tokens;
  for (int step = 0; step < 32; ++step) {
    const double whole = std::floor(rest);
    const auto digit = static_cast<int64_t>(whole);
    const int64_t next_above = digit * above + above_before;
    const int64_t next_below = digit * below + below_before;
    above_before = above, below_before = below;
    above = next_above, below = next_below;
    const double value = static_cast<double>(above) / static_cast<double>(below);
    if (above > 0 && std::abs(value - tokens) <= tokens * 1e-9) break;
    rest = 1 / (rest - whole);
  }
  return {above, below * kSecond};
}

Units Converted(Units units, const Pace& from, const Pace& to) {
  if (from.token == to.token) return units;
  // Thousands of units of less than a token: their product has to fit.
  const Units part = units % from.token / kWhole * (to.token / kWhole) / (from.token / kWhole);
  return units / from.token * to.token + part * kWhole;
}

int64_t TimeToEarn(Units units, int64_t gain) {
  if (units <= 0) return 0;
  if (gain <= 0) return kNever;
  const Units time = (units + gain - 1) / gain;
  return time > kNever ? kNever : static_cast<int64_t>(time);
}

}  // namespace blooio::gateway
