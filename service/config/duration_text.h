// Durations as the configuration file writes them: one number and one unit,
// "250ms", "1.5s", "5m" or "24h".
//
//   ParseDurationText("1.5s")          // 1500 ms
//   DurationText(absl::Seconds(90))    // "90s"
//   DurationText(absl::Minutes(120))   // "2h"
//
// Thread-safety: free functions without state.
#pragma once

#include <google/protobuf/duration.pb.h>

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace blooio::gateway {

// Nothing for a text of another form: no unit, a sign, "1h30m", or more than a
// google.protobuf.Duration holds.
std::optional<absl::Duration> ParseDurationText(const std::string& text);

// Exact for every duration of whole nanoseconds, in the largest unit that gives
// a whole number; ParseDurationText reads it.
std::string DurationText(absl::Duration duration);

// Between proto and abseil.
absl::Duration ToDuration(const google::protobuf::Duration& duration);
google::protobuf::Duration ToProto(absl::Duration duration);

}  // namespace blooio::gateway
