#include "service/telemetry/latency_histogram.h"

#include <algorithm>
#include <limits>

namespace blooio::gateway {

void LatencyHistogram::Observe(absl::Duration duration) {
  const int64_t nanoseconds = std::max<int64_t>(absl::ToInt64Nanoseconds(duration), 0);
  const auto* bound = std::find_if(kBounds.begin(), kBounds.end(),
                                   [&](int64_t microseconds) { return nanoseconds <= microseconds * 1000; });
  buckets_[static_cast<size_t>(bound - kBounds.begin())].fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(static_cast<uint64_t>(nanoseconds), std::memory_order_relaxed);
}

prometheus::ClientMetric::Histogram LatencyHistogram::Collect() const {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_sum = static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e9;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    histogram.sample_count += buckets_[i].load(std::memory_order_relaxed);
    const double bound =
        i < kBounds.size() ? static_cast<double>(kBounds[i]) / 1e6 : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  return histogram;
}

LatencyHistogram& LatencyFamily::Add(const prometheus::Labels& labels) {
  std::lock_guard lock(mutex_);
  return histograms_.try_emplace(labels).first->second;
}

void LatencyFamily::Forget(absl::FunctionRef<bool(const prometheus::Labels&)> is_unused) {
  std::lock_guard lock(mutex_);
  std::erase_if(histograms_, [&](const auto& entry) { return is_unused(entry.first); });
}

prometheus::MetricFamily LatencyFamily::Collect() const {
  prometheus::MetricFamily family{name_, help_, prometheus::MetricType::Histogram, {}};
  std::lock_guard lock(mutex_);
  for (const auto& [labels, histogram] : histograms_) {
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    for (const auto& [name, value] : labels) metric.label.push_back({name, value});
    metric.histogram = histogram.Collect();
  }
  return family;
}

}  // namespace blooio::gateway
