#include "service/telemetry/telemetry.h"

#include <utility>

#include "absl/time/clock.h"
#include "service/telemetry/call_line.h"
#include "service/telemetry/log.h"
#include "service/telemetry/process_metrics.h"

namespace blooio::gateway {

Telemetry::Telemetry(SecretString recipient_key, const std::string& version, const Clock& clock)
    : calls_(metrics_),
      files_(metrics_),
      hash_(recipient_key),
      unknown_caller_lines_("unknown_caller", kUnknownCallerLinesASecond, clock),
      identity_failures_(metrics_, "blooio_gateway_identity_failures_total",
                         "Calls whose caller is not known, by the kind of failure.", {"kind"}),
      shadow_refusals_(metrics_, "blooio_gateway_shadow_refusals_total",
                       "Calls served in shadow mode that the policy refuses.", {"caller", "rule"}),
      limit_refusals_(metrics_, "blooio_gateway_limit_refusals_total",
                      "Calls refused for now, by whose limit it was and what of it ran short.",
                      {"limit", "shortage"}),
      limit_shadow_refusals_(metrics_, "blooio_gateway_limit_shadow_refusals_total",
                             "Calls served in shadow mode that a limit refuses.", {"caller", "limit"}),
      drift_(metrics_, "blooio_gateway_contract_drift_total",
             "What upstream answers held beside the contract, by kind.", {"method", "kind"}),
      reloads_(metrics_, "blooio_gateway_config_reloads_total", "Configurations read again, by result.",
               {"result"}),
      last_reload_(metrics_
                       .Gauges("blooio_gateway_config_last_load_success_timestamp_seconds",
                               "When the configuration in force was read, Unix time.")
                       .Add({})),
      redis_troubles_(metrics_, "blooio_gateway_redis_troubles_total",
                      "Times that Redis became of no use, by what for and the kind of trouble.",
                      {"use", "kind"}),
      keyed_calls_(metrics_, "blooio_gateway_keyed_calls_total",
                   "Calls with an idempotency key, by what the ledger knew of it.", {"ledger"}) {
  for (const char* result : {"good", "bad"}) reloads_.Add(result, "", 0);
  last_reload_.SetToCurrentTime();
  metrics_.Gauges("blooio_gateway_build_info", "What runs; always 1.").Add({{"version", version}}).Set(1);
  metrics_.ReadCounters("blooio_gateway_log_lines_dropped_total", "Lines of the log that were lost.", [] {
    return Readings{{{}, static_cast<double>(DroppedLogLines())}};
  });
  metrics_.ReadCounters(
      "blooio_gateway_log_lines_left_out_total",
      "Lines not written because there were too many of their kind.", [this] {
        Readings readings;
        for (const LineBudget* lines : bounded_lines_) {
          readings.push_back({{{"kind", lines->kind()}}, static_cast<double>(lines->left_out())});
        }
        return readings;
      });
  AddProcessMetrics(metrics_);
}

void Telemetry::Count(const CallRecord& record) {
  calls_.Count(record);
  if (!record.identity_failure.empty()) identity_failures_.Add(record.identity_failure);
  if (record.shadow && record.caller != nullptr) shadow_refusals_.Add(record.caller->name, record.rule);
  if (record.caller != nullptr) CountLimits(record);
  if (!record.ledger.empty()) keyed_calls_.Add(record.ledger);
  for (const DriftRecord& drift : record.drift) RecordDrift(*record.method, drift);
}

void Telemetry::WriteLine(const CallRecord& record) {
  if (!IsLogged(LevelOf(record))) return;
  if (record.caller == nullptr && !unknown_caller_lines_.Take()) return;
  QueueLogLine(CallLine(record, hash_, CurrentLogFormat()));
}

void Telemetry::Tick() {
  for (LineBudget* lines : bounded_lines_) lines->SayWhatWasLeftOut();
  for (const std::string& caller : calls_.ForgetUnused()) {
    shadow_refusals_.Forget(caller);
    limit_shadow_refusals_.Forget(caller);
  }
}

void Telemetry::CountLimits(const CallRecord& record) {
  if (!record.limit.empty()) limit_refusals_.Add(record.limit, record.shortage);
  for (const std::string_view limit : record.shadowed_limits) {
    limit_shadow_refusals_.Add(record.caller->name, limit);
  }
}

// A warning the first time a method drifts in a way, debug from then on: one new
// key in the upstream's answers must not become a line a call.
void Telemetry::RecordDrift(const MethodMeter& method, const DriftRecord& drift) {
  const bool first = drift_.Add(method.name, drift.kind, drift.count);
  Log(first ? LogLevel::kWarning : LogLevel::kDebug, "contract_drift",
      {{"method", method.name}, {"kind", std::string(drift.kind)}, {"count", drift.count}});
}

void Telemetry::CountReload(bool good) {
  reloads_.Add(good ? "good" : "bad");
  if (good) last_reload_.SetToCurrentTime();
}

void Telemetry::SetShared(prometheus::Gauge*& gauge, const char* name, const char* help, bool shared,
                          std::string_view use, std::string_view trouble) {
  if (gauge == nullptr) gauge = &metrics_.Gauges(name, help).Add({});
  gauge->Set(shared ? 1 : 0);
  if (!shared) redis_troubles_.Add(use, trouble);
}

void Telemetry::SetLimitsShared(bool shared, std::string_view trouble) {
  SetShared(limits_shared_, "blooio_gateway_limits_shared",
            "1 while limits are shared in Redis, 0 while this gateway uses its share.", shared, "limits",
            trouble);
}

void Telemetry::SetLedgerShared(bool shared, std::string_view trouble) {
  SetShared(ledger_shared_, "blooio_gateway_ledger_shared",
            "1 while keyed calls are remembered in Redis, 0 while it is away.", shared, "ledger", trouble);
}

void Telemetry::ReadKeys(std::function<std::vector<AccountReading>()> read) {
  metrics_.ReadGauges(
      "blooio_gateway_account_without_key", "1 while the upstream refuses every key of the account.", [read] {
        Readings readings;
        for (const AccountReading& account : read()) {
          readings.push_back({{{"account", account.account}}, account.without_key ? 1.0 : 0.0});
        }
        return readings;
      });
  const auto each = [read = std::move(read)](double (*value)(const KeyReading&)) {
    return [read, value] {
      Readings readings;
      for (const AccountReading& account : read()) {
        for (const KeyReading& key : account.keys) {
          readings.push_back({{{"account", account.account}, {"slot", key.slot}}, value(key)});
        }
      }
      return readings;
    };
  };
  metrics_.ReadGauges("blooio_gateway_key_active", "1 for the key that calls of the account use.",
                      each([](const KeyReading& key) { return key.active ? 1.0 : 0.0; }));
  metrics_.ReadGauges(
      "blooio_gateway_key_loaded_timestamp_seconds", "When this process first read the key, Unix time.",
      each([](const KeyReading& key) { return absl::ToDoubleSeconds(key.loaded_at - absl::UnixEpoch()); }));
}

void Telemetry::ReadLimits(std::function<std::vector<LimitReading>()> read) {
  const auto each = [read = std::move(read)](bool of_rates, double (*value)(const LimitReading&)) {
    return [read, of_rates, value] {
      Readings readings;
      for (const LimitReading& account : read()) {
        if (account.limited || !of_rates)
          readings.push_back({{{"account", account.account}}, value(account)});
      }
      return readings;
    };
  };
  metrics_.ReadGauges("blooio_gateway_account_rate_limit",
                      "Tokens a second that the account earns; less than configured after Blooio asked for "
                      "fewer calls.",
                      each(true, [](const LimitReading& account) { return account.rate; }));
  metrics_.ReadGauges(
      "blooio_gateway_account_tokens", "Tokens in the account's bucket.",
      each(true, [](const LimitReading& account) { return static_cast<double>(account.tokens); }));
  metrics_.ReadGauges(
      "blooio_gateway_account_waiting", "Calls that wait their turn.",
      each(false, [](const LimitReading& account) { return static_cast<double>(account.waiting); }));
  metrics_.ReadGauges(
      "blooio_gateway_account_in_flight", "Calls under way on the account.",
      each(false, [](const LimitReading& account) { return static_cast<double>(account.in_flight); }));
}

void Telemetry::ReadCircuits(const std::function<std::vector<CircuitReading>()>& read) {
  metrics_.ReadGauges("blooio_gateway_upstream_circuit_open",
                      "1 while the account's API is held to be down and its calls are refused.", [read] {
                        Readings readings;
                        for (const CircuitReading& circuit : read()) {
                          readings.push_back({{{"account", circuit.account}, {"api", circuit.api}},
                                              circuit.open ? 1.0 : 0.0});
                        }
                        return readings;
                      });
}

void Telemetry::ReadLedger(const std::function<LedgerReading()>& read) {
  metrics_.ReadGauges("blooio_gateway_ledger_entries", "Keyed calls remembered in this process, by state.",
                      [read] {
                        const LedgerReading ledger = read();
                        return Readings{{{{"state", "running"}}, static_cast<double>(ledger.running)},
                                        {{{"state", "done"}}, static_cast<double>(ledger.done)},
                                        {{{"state", "unknown"}}, static_cast<double>(ledger.unknown)}};
                      });
}

void Telemetry::ReadOccupancy(const std::function<double()>& read, double most) {
  metrics_.ReadGauges("blooio_gateway_calls_present", "Calls under way or waiting, of all callers.", [read] {
    return Readings{{{}, read()}};
  });
  metrics_.Gauges("blooio_gateway_calls_present_limit", "How many there may be; beyond, calls are shed.")
      .Add({})
      .Set(most);
}

void Telemetry::ReadConnections(const std::function<ConnectionReading()>& read) {
  metrics_.ReadCounters("blooio_gateway_upstream_connections_opened_total",
                        "Connections made to the upstream.", [read] {
                          return Readings{{{}, static_cast<double>(read().opened)}};
                        });
  metrics_.ReadGauges("blooio_gateway_upstream_connections_open", "Connections to the upstream.", [read] {
    return Readings{{{}, static_cast<double>(read().open)}};
  });
}

void Telemetry::ReadRefusedConnections(std::shared_ptr<const std::atomic<uint64_t>> refused) {
  metrics_.ReadCounters("blooio_gateway_connections_refused_total",
                        "Connections of callers closed at once, for want of files.",
                        [refused = std::move(refused)] {
                          return Readings{{{}, static_cast<double>(refused->load())}};
                        });
}

}  // namespace blooio::gateway
