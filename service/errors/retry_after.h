// How long an answer asks to wait before a repeat. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "service/upstream/rest_types.h"

namespace blooio::gateway {

// Where the upstream names none.
inline constexpr absl::Duration kDefaultForecast = absl::Seconds(1);

// How long a Retry-After asks to wait: delta-seconds or an HTTP date (RFC 9110,
// 10.2.3); nothing for anything else or a time gone by.
std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time now);
// How long an answer asks to wait, an hour at most, or a usual time if it does not say.
absl::Duration AskedWait(const AttemptResult& result, absl::Time now);

}  // namespace blooio::gateway
