// All metrics of the process, and their text for Prometheus.
//
//   Metrics metrics;
//   auto& family = metrics.Counters("blooio_gateway_calls_total", "Calls answered.");
//   prometheus::Counter& counter = family.Add({{"method", "…"}});   // once
//   counter.Increment();                                            // per call
//   metrics.ReadGauges("process_open_fds", "Open files.", [] { return Readings{{{}, CountFiles()}}; });
//   metrics.Text();
//
// Label values come from closed sets only: names of the configuration, of the
// API and of this program. Nothing from outside becomes a label.
//
// Thread-safe. What is added stays until it is forgotten: references to it are
// kept.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "service/telemetry/latency_histogram.h"

namespace blooio::gateway {

// A value at the time of reading.
struct Reading {
  prometheus::Labels labels;
  double value = 0;
};
using Readings = std::vector<Reading>;

// Takes the counters whose labels say so out of `family`. Nobody may use them any
// more, nor add such ones meanwhile.
void Forget(prometheus::Family<prometheus::Counter>& family,
            absl::FunctionRef<bool(const prometheus::Labels&)> is_unused);

class Metrics {
 public:
  // The version of the exposition format that Text is in.
  static constexpr char kContentType[] = "text/plain; version=0.0.4; charset=utf-8";

  prometheus::Family<prometheus::Counter>& Counters(const std::string& name, const std::string& help);
  prometheus::Family<prometheus::Gauge>& Gauges(const std::string& name, const std::string& help);
  LatencyFamily& Latencies(const std::string& name, const std::string& help);

  // What is counted elsewhere: `read` runs for each Text, on its thread.
  using Read = std::function<Readings()>;
  void ReadCounters(const std::string& name, const std::string& help, Read read);
  void ReadGauges(const std::string& name, const std::string& help, Read read);

  // The exposition, families in the order of their names.
  std::string Text() const;

 private:
  struct Source {
    std::string name, help;
    prometheus::MetricType type;
    Read read;
  };

  prometheus::Registry registry_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::deque<LatencyFamily> latencies_;
  std::deque<Source> sources_;
};

}  // namespace blooio::gateway
