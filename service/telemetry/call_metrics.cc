#include "service/telemetry/call_metrics.h"

#include <cstdlib>
#include <tuple>
#include <utility>

#include "service/telemetry/call_names.h"
#include "service/telemetry/call_series.h"

namespace blooio::gateway {

AccountMeter::AccountMeter(std::string account, prometheus::Family<prometheus::Counter>& attempts)
    : name(std::move(account)) {
  for (size_t api = 0; api < kApiNames.size(); ++api) {
    for (size_t kind = 0; kind < kAttemptKindNames.size(); ++kind) {
      attempts_[api][kind] = &attempts.Add({{"account", name},
                                            {"api", std::string(kApiNames[api])},
                                            {"result", std::string(kAttemptKindNames[kind])}});
    }
  }
}

CallerMeter::CallerMeter(std::string caller) : name(std::move(caller)) {}

CallerMeter::~CallerMeter() {
  for (const auto& one : series) delete one.load();
}

CallMetrics::CallMetrics(Metrics& metrics)
    : calls_(metrics.Counters("blooio_gateway_calls_total", "Calls answered, by outcome.")),
      in_flight_(
          metrics.Gauges("blooio_gateway_calls_in_flight", "Calls that have come and not been answered.")),
      attempts_(
          metrics.Counters("blooio_gateway_upstream_attempts_total", "Attempts at the upstream, by result.")),
      seconds_(metrics.Latencies("blooio_gateway_call_seconds", "Time from a call's arrival to its answer.")),
      nobody_(Caller("")) {}

CallMetrics::~CallMetrics() = default;

const MethodMeter& CallMetrics::Method(const std::string& name) {
  std::lock_guard lock(mutex_);
  if (const auto known = methods_.find(name); known != methods_.end()) return known->second;
  if (methods_.size() == kMostMethods) abort();  // Methods stand in the proto: raise the number.
  prometheus::Gauge& in_flight = in_flight_.Add({{"method", name}});
  return methods_
      .emplace(std::piecewise_construct, std::forward_as_tuple(name),
               std::forward_as_tuple(name, methods_.size(), in_flight))
      .first->second;
}

CallerMeter& CallMetrics::Caller(const std::string& name) {
  std::lock_guard lock(mutex_);
  return callers_.try_emplace(name, name).first->second;
}

AccountMeter& CallMetrics::Account(const std::string& name) {
  std::lock_guard lock(mutex_);
  return accounts_.try_emplace(name, name, attempts_).first->second;
}

void CallMetrics::Count(const CallRecord& record) {
  record.method->in_flight.Decrement();
  for (const AttemptKind kind : record.attempts) {
    if (record.account != nullptr) record.account->CountAttempt(record.api, kind);
  }
  CallerMeter& caller = record.caller == nullptr ? nobody_ : *record.caller;
  CallSeries& series = SeriesOf(caller, *record.method);
  series.seconds.Observe(record.total);
  const CallOutcomeKey key = {record.account, KnownCode(record.code), KnownReason(record.reason)};
  prometheus::Counter* counter = series.Find(key);
  if (counter == nullptr) {
    std::lock_guard lock(mutex_);
    counter = &calls_.Add({{"method", record.method->name},
                           {"caller", caller.name},
                           {"account", record.account == nullptr ? "" : record.account->name},
                           {"code", std::string(CodeName(key.code))},
                           {"reason", std::string(ReasonWord(key.reason))}});
    if (series.Find(key) == nullptr) series.Add(key, *counter);
  }
  counter->Increment();
}

CallSeries& CallMetrics::SeriesOf(CallerMeter& caller, const MethodMeter& method) {
  std::atomic<CallSeries*>& place = caller.series[method.index];
  if (CallSeries* known = place.load(std::memory_order_acquire)) return *known;
  std::lock_guard lock(mutex_);
  if (place.load() == nullptr) {
    place = new CallSeries(seconds_.Add({{"method", method.name}, {"caller", caller.name}}));
  }
  return *place;
}

}  // namespace blooio::gateway
