// What is counted of every call. Names become handles once, when a
// configuration is loaded; a call then costs a few atomic additions: no lookup
// by name, no allocation, no lock.
//
//   CallMetrics calls(metrics);
//   const MethodMeter& method = calls.Method("blooio.v4.GroupsService/GetGroup");
//   CallerMeter& caller = calls.Caller("billing");
//   calls.Begin(method);
//   calls.Count({.method = &method, .caller = &caller, …});   // ends what Begin began
//
// A name has the same handle every time, for as long as CallMetrics lives: a
// counter does not begin anew with a configuration. Series: method × caller for
// latencies, and of method × caller × account × code × reason those that occur.
//
// Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "service/telemetry/call_record.h"
#include "service/telemetry/metrics.h"

namespace blooio::gateway {

// Methods that a gateway may serve; the proto has fewer.
inline constexpr size_t kMostMethods = 256;

class MethodMeter {
 public:
  MethodMeter(std::string method, size_t place, prometheus::Gauge& gauge)
      : name(std::move(method)), index(place), in_flight(gauge) {}

  const std::string name;
  const size_t index;
  prometheus::Gauge& in_flight;
};

class AccountMeter {
 public:
  AccountMeter(std::string account, prometheus::Family<prometheus::Counter>& attempts);

  // For attempts that belong to no call.
  void CountAttempt(size_t api, AttemptKind kind) { attempts_[api][static_cast<size_t>(kind)]->Increment(); }

  const std::string name;

 private:
  std::array<std::array<prometheus::Counter*, kAttemptKindNames.size()>, kApiNames.size()> attempts_{};
};

// One caller's calls of one method.
class CallSeries;

class CallerMeter {
 public:
  explicit CallerMeter(std::string caller);
  ~CallerMeter();

  const std::string name;
  std::array<std::atomic<CallSeries*>, kMostMethods> series{};
};

class CallMetrics {
 public:
  explicit CallMetrics(Metrics& metrics);
  ~CallMetrics();

  // The handle of a name; the caller "" is nobody known.
  const MethodMeter& Method(const std::string& name);
  CallerMeter& Caller(const std::string& name);
  AccountMeter& Account(const std::string& name);

  static void Begin(const MethodMeter& method) { method.in_flight.Increment(); }
  void Count(const CallRecord& record);

 private:
  CallSeries& SeriesOf(CallerMeter& caller, const MethodMeter& method);

  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Gauge>& in_flight_;
  prometheus::Family<prometheus::Counter>& attempts_;
  LatencyFamily& seconds_;

  std::mutex mutex_;  // Guards the maps and what is added to a caller.
  std::map<std::string, MethodMeter> methods_;
  std::map<std::string, CallerMeter> callers_;
  std::map<std::string, AccountMeter> accounts_;
  CallerMeter& nobody_;
};

}  // namespace blooio::gateway
