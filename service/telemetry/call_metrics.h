// What is counted of every call. Names become handles once, when a
// configuration is loaded; a call then costs a few atomic additions: no lookup
// by name, no allocation, no lock.
//
//   CallMetrics calls(metrics);
//   const MethodMeter& method = calls.Method("blooio.v4.GroupsService/GetGroup");
//   std::shared_ptr<CallerMeter> caller = calls.Caller("billing");
//   calls.Begin(method);
//   calls.Count({.method = &method, .caller = caller.get(), …});   // ends what Begin began
//
// Callers and accounts have a handle for each configuration, and one series
// behind all handles of a name: counters do not begin anew with a configuration,
// and are forgotten when none that is in use has the name any more. Series: method
// × caller for latencies, and of method × caller × account × code × reason, and
// account × api × result for attempts, those that occur.
//
// Thread-safe. Outlives its handles.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

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

class AccountMeter : public std::enable_shared_from_this<AccountMeter> {
 public:
  AccountMeter(std::string account, prometheus::Family<prometheus::Counter>& family)
      : name(std::move(account)), family_(family) {}

  // For attempts that belong to no call.
  void CountAttempt(size_t api, AttemptKind kind);

  const std::string name;

 private:
  prometheus::Family<prometheus::Counter>& family_;
  std::array<std::array<std::atomic<prometheus::Counter*>, kAttemptKindNames.size()>, kApiNames.size()>
      attempts_{};
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

  // The handle of a name, of methods the same every time.
  const MethodMeter& Method(const std::string& name);
  // Another handle.
  std::shared_ptr<CallerMeter> Caller(const std::string& name);
  std::shared_ptr<AccountMeter> Account(const std::string& name);

  static void Begin(const MethodMeter& method) { method.in_flight.Increment(); }
  void Count(const CallRecord& record);

  // Takes the series of names without a handle out of the metrics. Returns the
  // callers among them.
  std::set<std::string> ForgetUnused();

 private:
  // How many handles there are of each name.
  using Handles = std::map<std::string, size_t>;

  template <class Meter, class... Arguments>
  std::shared_ptr<Meter> NewHandle(Handles& handles, const std::string& name, Arguments&... arguments);
  CallSeries& SeriesOf(CallerMeter& caller, const MethodMeter& method);

  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Gauge>& in_flight_;
  prometheus::Family<prometheus::Counter>& attempts_;
  LatencyFamily& seconds_;

  std::mutex mutex_;  // Guards the maps and what is added to a caller.
  std::map<std::string, MethodMeter> methods_;
  Handles callers_;
  Handles accounts_;
  // The caller "": nobody known.
  CallerMeter nobody_{""};
};

}  // namespace blooio::gateway
