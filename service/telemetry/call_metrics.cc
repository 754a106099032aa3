#include "service/telemetry/call_metrics.h"

#include <cstdlib>
#include <tuple>
#include <utility>

#include "service/telemetry/call_names.h"
#include "service/telemetry/call_series.h"

namespace blooio::gateway {

namespace {

// The names that have no handle, which are no longer known afterwards.
std::set<std::string> TakeUnused(std::map<std::string, size_t>& handles) {
  std::set<std::string> unused;
  for (const auto& [name, count] : handles) {
    if (count == 0) unused.insert(name);
  }
  std::erase_if(handles, [](const auto& entry) { return entry.second == 0; });
  return unused;
}

}  // namespace

void AccountMeter::CountAttempt(size_t api, AttemptKind kind) {
  std::atomic<prometheus::Counter*>& place = attempts_[api][static_cast<size_t>(kind)];
  prometheus::Counter* counter = place.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // The same one for whoever asks for these labels.
    counter = &family_.Add({{"account", name},
                            {"api", std::string(kApiNames[api])},
                            {"result", std::string(kAttemptKindNames[static_cast<size_t>(kind)])}});
    place.store(counter, std::memory_order_release);
  }
  counter->Increment();
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
      seconds_(
          metrics.Latencies("blooio_gateway_call_seconds", "Time from a call's arrival to its answer.")) {}

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

template <class Meter, class... Arguments>
std::shared_ptr<Meter> CallMetrics::NewHandle(Handles& handles, const std::string& name,
                                              Arguments&... arguments) {
  std::lock_guard lock(mutex_);
  ++handles[name];
  return {new Meter(name, arguments...), [this, &handles](Meter* meter) {
            const std::string gone = meter->name;
            // Before the lock: with it may go the last handle of an account.
            delete meter;
            std::lock_guard lock(mutex_);
            --handles[gone];
          }};
}

std::shared_ptr<CallerMeter> CallMetrics::Caller(const std::string& name) {
  return NewHandle<CallerMeter>(callers_, name);
}

std::shared_ptr<AccountMeter> CallMetrics::Account(const std::string& name) {
  return NewHandle<AccountMeter>(accounts_, name, attempts_);
}

std::set<std::string> CallMetrics::ForgetUnused() {
  std::lock_guard lock(mutex_);
  std::set<std::string> callers = TakeUnused(callers_);
  const std::set<std::string> accounts = TakeUnused(accounts_);
  if (callers.empty() && accounts.empty()) return callers;
  const auto is_unused = [&](const prometheus::Labels& labels) {
    const auto is_in = [&](const std::set<std::string>& names, const char* label) {
      const auto named = labels.find(label);
      return named != labels.end() && names.contains(named->second);
    };
    return is_in(callers, "caller") || is_in(accounts, "account");
  };
  Forget(calls_, is_unused);
  Forget(attempts_, is_unused);
  seconds_.Forget(is_unused);
  return callers;
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
    if (series.Find(key) == nullptr) {
      series.Add(key, record.account == nullptr ? nullptr : record.account->shared_from_this(), *counter);
    }
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
