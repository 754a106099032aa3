// A histogram of durations from 100 µs to 60 s. prometheus::Histogram takes a
// lock for each observation; this one makes two atomic additions.
//
// Thread-safe.
#pragma once

#include <prometheus/client_metric.h>
#include <prometheus/labels.h>
#include <prometheus/metric_family.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace blooio::gateway {

class LatencyHistogram {
 public:
  // Upper bounds in microseconds; above the last one is one bucket more.
  static constexpr std::array<int64_t, 19> kBounds = {
      100,       250,        500,        1'000,      2'500,     5'000,     10'000,
      25'000,    50'000,     100'000,    250'000,    500'000,   1'000'000, 2'500'000,
      5'000'000, 10'000'000, 15'000'000, 30'000'000, 60'000'000};

  void Observe(absl::Duration duration);
  // In seconds.
  prometheus::ClientMetric::Histogram Collect() const;

 private:
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<uint64_t> nanoseconds_ = 0;
};

// Histograms of one name.
class LatencyFamily {
 public:
  LatencyFamily(std::string name, std::string help) : name_(std::move(name)), help_(std::move(help)) {}

  // The one with these labels; stays where it is until it is forgotten.
  LatencyHistogram& Add(const prometheus::Labels& labels);
  // Takes out those whose labels say so. Nobody may use them any more.
  void Forget(absl::FunctionRef<bool(const prometheus::Labels&)> is_unused);
  prometheus::MetricFamily Collect() const;

 private:
  const std::string name_, help_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::map<prometheus::Labels, LatencyHistogram> histograms_;
};

}  // namespace blooio::gateway
