#include "tests/sandbox/request_limit.h"

#include <utility>
#include <vector>

#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

// Also the nanoseconds of a second: a rate of 1 earns 1 a nanosecond.
constexpr int64_t kToken = 1'000'000'000;

}  // namespace

void RequestLimit::Set(std::optional<Rate> rate) {
  rate_ = rate;
  counts_ = {};
  buckets_.clear();
}

std::optional<int64_t> RequestLimit::Refuse(const std::string& key) {
  if (!rate_) {
    ++counts_.allowed;
    return std::nullopt;
  }
  const int64_t now = clock_();
  Bucket& bucket = buckets_.try_emplace(rate_->per_key ? key : "", Bucket{0, now}).first->second;
  const int64_t elapsed = now - bucket.as_of;
  // Divided first: after a long pause the product would not fit.
  const bool full = elapsed > bucket.missing / rate_->per_second;
  bucket.missing = full ? 0 : bucket.missing - elapsed * rate_->per_second;
  bucket.as_of = now;
  const int64_t lacking = bucket.missing + kToken - rate_->burst * kToken;
  if (lacking <= 0) {
    bucket.missing += kToken;
    ++counts_.allowed;
    return std::nullopt;
  }
  ++counts_.refused;
  const int64_t a_second = rate_->per_second * kToken;
  return (lacking + a_second - 1) / a_second;
}

std::optional<RequestLimit::Rate> ReadRate(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, '/');
  uint64_t numbers[2];
  if (parts.size() != 2) return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    if (!ReadNumber(parts[i], numbers[i]) || numbers[i] < 1 || numbers[i] > RequestLimit::kMost) {
      return std::nullopt;
    }
  }
  return RequestLimit::Rate{static_cast<int64_t>(numbers[0]), static_cast<int64_t>(numbers[1])};
}

}  // namespace blooio::sandbox
