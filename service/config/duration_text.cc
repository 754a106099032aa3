#include "service/config/duration_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace blooio::gateway {
namespace {

struct Unit {
  const char* name;
  absl::Duration length;
};

constexpr Unit kUnits[] = {
    {"h", absl::Hours(1)}, {"m", absl::Minutes(1)}, {"s", absl::Seconds(1)}, {"ms", absl::Milliseconds(1)}};
// google.protobuf.Duration's own limit, 10,000 years.
constexpr absl::Duration kGreatest = absl::Seconds(315576000000);

// Digits and points behind them; abseil counts the points.
bool IsDecimal(const std::string& text) {
  const auto is_decimal = [](char c) { return absl::ascii_isdigit(c) || c == '.'; };
  return std::all_of(text.begin(), text.end(), is_decimal) && text.front() != '.';
}

}  // namespace

std::optional<absl::Duration> ParseDurationText(const std::string& text) {
  const size_t number_end = text.find_last_of("0123456789");
  if (number_end == std::string::npos || !IsDecimal(text.substr(0, number_end + 1))) return std::nullopt;
  const std::string unit = text.substr(number_end + 1);
  absl::Duration duration;
  for (const Unit& known : kUnits) {
    if (unit != known.name) continue;
    if (!absl::ParseDuration(text, &duration) || duration > kGreatest) return std::nullopt;
    return duration;
  }
  return std::nullopt;
}

std::string DurationText(absl::Duration duration) {
  if (duration == absl::ZeroDuration()) return "0s";
  for (const Unit& unit : kUnits) {
    absl::Duration rest;
    const int64_t count = absl::IDivDuration(duration, unit.length, &rest);
    if (rest == absl::ZeroDuration()) return absl::StrCat(count, unit.name);
  }
  absl::Duration rest;
  const int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &rest);
  return absl::StrFormat("%d.%09ds", seconds, absl::ToInt64Nanoseconds(rest));
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

}  // namespace blooio::gateway
