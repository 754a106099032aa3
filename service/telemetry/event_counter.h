// A counter of events with one or two labels, whose values show up as they
// occur: kinds of identity failures, policy rules, contract drift.
//
//   EventCounter drift(metrics, "blooio_gateway_contract_drift_total", "…", {"method", "kind"});
//   if (drift.Add(route.method, "unknown_key")) …   // the first of its kind
//
// The values are those of a closed set. Should they not be, their number is
// bounded all the same: past kMostSeries they all count as "other".
//
// Thread-safe; takes a lock, so not for what happens in every call.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/telemetry/metrics.h"

namespace blooio::gateway {

class EventCounter {
 public:
  static constexpr size_t kMostSeries = 1000;

  // One label or two. `metrics` outlives the counter.
  EventCounter(Metrics& metrics, const std::string& name, const std::string& help,
               std::vector<std::string> labels)
      : family_(metrics.Counters(name, help)), labels_(std::move(labels)) {}

  // `second` is for the second label. True for the first event of its series.
  bool Add(std::string_view first, std::string_view second = "", double count = 1);
  // Takes out the series with this value of the first label.
  void Forget(const std::string& first);

 private:
  using Key = std::pair<std::string, std::string>;

  prometheus::Family<prometheus::Counter>& family_;
  const std::vector<std::string> labels_;
  std::mutex mutex_;  // Guards what follows.
  std::map<Key, prometheus::Counter*> series_;
};

}  // namespace blooio::gateway
