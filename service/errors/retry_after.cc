#include "service/errors/retry_after.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// However long it asks for: a mistake in one answer must not close an account for days.
constexpr absl::Duration kLongestForecast = absl::Hours(1);

}  // namespace

std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time now) {
  const std::string text(absl::StripAsciiWhitespace(Piece(value)));
  uint32_t seconds = 0;
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    // More than fits is still a wait, a very long one.
    return absl::SimpleAtoi(text, &seconds) ? absl::Seconds(seconds) : absl::Hours(24);
  }
  absl::Time date;
  if (text.find(',') == std::string::npos) return std::nullopt;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &date, nullptr) || date <= now) return std::nullopt;
  return date - now;
}

absl::Duration AskedWait(const AttemptResult& result, absl::Time now) {
  if (!result.retry_after) return kDefaultForecast;
  return std::min(ParseRetryAfter(*result.retry_after, now).value_or(kDefaultForecast), kLongestForecast);
}

}  // namespace blooio::gateway
