#include "service/telemetry/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace blooio::gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric ToMetric(const Reading& reading, MetricType type) {
  ClientMetric metric;
  for (const auto& [name, value] : reading.labels) metric.label.push_back({name, value});
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = reading.value;
  return metric;
}

}  // namespace

void Forget(prometheus::Family<prometheus::Counter>& family,
            absl::FunctionRef<bool(const prometheus::Labels&)> is_unused) {
  for (const MetricFamily& all : family.Collect()) {
    for (const ClientMetric& metric : all.metric) {
      prometheus::Labels labels;
      for (const auto& [name, value] : metric.label) labels.emplace(name, value);
      // To add labels that are there finds what has them.
      if (is_unused(labels)) family.Remove(&family.Add(labels));
    }
  }
}

prometheus::Family<prometheus::Counter>& Metrics::Counters(const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
}

prometheus::Family<prometheus::Gauge>& Metrics::Gauges(const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
}

LatencyFamily& Metrics::Latencies(const std::string& name, const std::string& help) {
  std::lock_guard lock(mutex_);
  return latencies_.emplace_back(name, help);
}

void Metrics::ReadCounters(const std::string& name, const std::string& help, Read read) {
  std::lock_guard lock(mutex_);
  sources_.push_back({name, help, MetricType::Counter, std::move(read)});
}

void Metrics::ReadGauges(const std::string& name, const std::string& help, Read read) {
  std::lock_guard lock(mutex_);
  sources_.push_back({name, help, MetricType::Gauge, std::move(read)});
}

std::string Metrics::Text() const {
  std::vector<MetricFamily> families = registry_.Collect();
  {
    std::lock_guard lock(mutex_);
    for (const LatencyFamily& latencies : latencies_) families.push_back(latencies.Collect());
    for (const Source& source : sources_) {
      MetricFamily& family = families.emplace_back(MetricFamily{source.name, source.help, source.type, {}});
      for (const Reading& reading : source.read()) family.metric.push_back(ToMetric(reading, source.type));
    }
  }
  std::sort(families.begin(), families.end(),
            [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return std::move(text).str();
}

}  // namespace blooio::gateway
