// How many requests the sandbox allows: a token bucket, for the organisation or
// for each of its keys. Starts full; counts what it allowed and refused.
//
// Exact: over any time no more than burst + rate x time are allowed, and whoever
// comes every 1 / rate, rounded up to a nanosecond, is never refused.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace blooio::sandbox {

class RequestLimit {
 public:
  // Nanoseconds of a clock that never steps back.
  using Clock = std::function<int64_t()>;

  // The most that either number may be.
  static constexpr int64_t kMost = 1'000'000;

  struct Rate {
    int64_t per_second = 0;
    int64_t burst = 0;
    bool per_key = false;
    bool operator==(const Rate&) const = default;
  };

  struct Counts {
    int64_t allowed = 0;
    int64_t refused = 0;
  };

  explicit RequestLimit(Clock clock) : clock_(std::move(clock)) {}

  // The limit from here on, none without a rate: full, with counts from 0.
  void Set(std::optional<Rate> rate);

  // Nothing when the request is allowed, which takes a token; else the whole
  // seconds after which there will be one.
  std::optional<int64_t> Refuse(const std::string& key);

  const std::optional<Rate>& rate() const { return rate_; }
  const Counts& counts() const { return counts_; }

 private:
  // What is missing from full, in billionths of a token.
  struct Bucket {
    int64_t missing = 0;
    int64_t as_of = 0;
  };

  const Clock clock_;
  std::optional<Rate> rate_;
  Counts counts_;
  // By key; under "" that of the organisation.
  std::map<std::string, Bucket> buckets_;
};

// "100/20": 100 a second, 20 at once. Nothing when it is not that.
std::optional<RequestLimit::Rate> ReadRate(std::string_view text);

}  // namespace blooio::sandbox
