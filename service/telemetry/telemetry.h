// What is told of the gateway: a line in the log and a count in the metrics for
// every call, and metrics of everything else. The one entry for those who run
// calls.
//
//   Telemetry telemetry(std::move(recipient_key), kVersion);
//   const MethodMeter& method = telemetry.calls().Method(route.method);   // once
//   std::shared_ptr<CallerMeter> caller = telemetry.calls().Caller("billing");   // once a configuration
//   telemetry.Begin(method);
//   telemetry.Count({.method = &method, .caller = caller.get(), .code = 0, …});
//   telemetry.metrics().Text();                                           // GET /metrics
//
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/secret_string.h"
#include "service/telemetry/call_metrics.h"
#include "service/telemetry/call_record.h"
#include "service/telemetry/event_counter.h"
#include "service/telemetry/file_metrics.h"
#include "service/telemetry/line_budget.h"
#include "service/telemetry/metrics.h"
#include "service/telemetry/recipient_hash.h"

namespace blooio::gateway {

struct KeyReading {
  // "current" or "next".
  std::string slot;
  bool active = false;
  absl::Time loaded_at;
};

// The keys of an account, as they are now.
struct AccountReading {
  std::string account;
  // The upstream refuses every one of them.
  bool without_key = false;
  std::vector<KeyReading> keys;
};

// The limits of an account, as they stand.
struct LimitReading {
  std::string account;
  // Has a rate: what it allows a second now, and tokens left.
  bool limited = false;
  double rate = 0;
  int64_t tokens = 0;
  size_t waiting = 0;
  int64_t in_flight = 0;
};

// An account's API, and whether it is held to be down.
struct CircuitReading {
  std::string account;
  std::string api;
  bool open = false;
};

// What the ledger holds, where it is this process's own.
struct LedgerReading {
  size_t running = 0;
  size_t done = 0;
  size_t unknown = 0;
};

// Connections of all upstream loops.
struct ConnectionReading {
  uint64_t opened = 0;
  uint64_t open = 0;
};

class Telemetry {
 public:
  // Lines of calls whose caller is not known: anybody can make them.
  static constexpr uint64_t kUnknownCallerLinesASecond = 50;

  // `recipient_key`: see RecipientHash. `version`: of this program. `clock` outlives
  // it.
  Telemetry(SecretString recipient_key, const std::string& version, const Clock& clock = SystemClock());

  // Handles for what calls are counted by.
  CallMetrics& calls() { return calls_; }
  // And for files that are watched.
  FileMetrics& files() { return files_; }
  Metrics& metrics() { return metrics_; }

  // A call came; Count ends it.
  static void Begin(const MethodMeter& method) { CallMetrics::Begin(method); }
  void Count(const CallRecord& record);
  // Its line of the log, which nobody need wait for.
  void WriteLine(const CallRecord& record);
  // Shows a kind of failure as 0, so that its first one is an increase.
  void ExpectIdentityFailure(std::string_view kind) { identity_failures_.Add(kind, "", 0); }
  // Once a second: says what was left out of the log, and forgets the series of
  // callers and accounts that no configuration in use has any more.
  void Tick();
  // A configuration was read again; `good`: and is in force.
  void CountReload(bool good);

  // Limits are shared with other gateways; or are not any more, for a `trouble` of one
  // word. One thread.
  void SetLimitsShared(bool shared, std::string_view trouble);

  // What is remembered of keyed calls is shared, likewise.
  void SetLedgerShared(bool shared, std::string_view trouble);

  // `read` is called for each scrape, on its thread, for as long as there are
  // scrapes.
  void ReadKeys(std::function<std::vector<AccountReading>()> read);
  void ReadLimits(std::function<std::vector<LimitReading>()> read);
  void ReadCircuits(const std::function<std::vector<CircuitReading>()>& read);
  void ReadLedger(const std::function<LedgerReading()>& read);
  // Calls under way, and how many there may be.
  void ReadOccupancy(const std::function<double()>& read, double most);
  void ReadConnections(const std::function<ConnectionReading()>& read);
  // Connections that were closed as they came.
  void ReadRefusedConnections(std::shared_ptr<const std::atomic<uint64_t>> refused);
  // Tells what `lines` leaves out, too. Before the first Tick and scrape; outlives
  // this object.
  void ReadLines(LineBudget& lines) { bounded_lines_.push_back(&lines); }

 private:
  void CountLimits(const CallRecord& record);
  void SetShared(prometheus::Gauge*& gauge, const char* name, const char* help, bool shared,
                 std::string_view use, std::string_view trouble);
  void RecordDrift(const MethodMeter& method, const DriftRecord& drift);

  Metrics metrics_;
  CallMetrics calls_;
  FileMetrics files_;
  const RecipientHash hash_;
  LineBudget unknown_caller_lines_;
  std::vector<LineBudget*> bounded_lines_ = {&unknown_caller_lines_};
  EventCounter identity_failures_;
  EventCounter shadow_refusals_;
  EventCounter limit_refusals_;
  EventCounter limit_shadow_refusals_;
  EventCounter drift_;
  EventCounter reloads_;
  prometheus::Gauge& last_reload_;
  prometheus::Gauge* limits_shared_ = nullptr;  // Null where they are not.
  prometheus::Gauge* ledger_shared_ = nullptr;
  EventCounter redis_troubles_;
  EventCounter keyed_calls_;
};

}  // namespace blooio::gateway
