// What metrics and log cost a call.
//
//   deploy/build release -DBLOOIO_BENCH=ON telemetry_bench
//   build/release/bin/telemetry_bench 2>/dev/null
#include <benchmark/benchmark.h>

#include <array>

#include "service/telemetry/call_line.h"
#include "service/telemetry/telemetry.h"
#include "tests/bench/examples.h"

namespace blooio::gateway {
namespace {

struct Calls {
  Calls() : telemetry(SecretString(std::string(32, 'k')), "1") {
    record = {.method = &telemetry.calls().Method(kSendMessage),
              .caller = caller.get(),
              .account = account.get(),
              .http_status = 202,
              .attempts = attempts,
              .queued = absl::Microseconds(12),
              .upstream = absl::Milliseconds(3),
              .total = absl::Microseconds(3456),
              .request_bytes = 120,
              .reply_bytes = 60,
              .trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
              .result_ids = ids,
              .recipients = recipients};
  }
  Telemetry telemetry;
  std::shared_ptr<CallerMeter> caller = telemetry.calls().Caller("billing");
  std::shared_ptr<AccountMeter> account = telemetry.calls().Account("main");
  std::array<AttemptKind, 1> attempts = {AttemptKind::k2xx};
  std::array<std::string_view, 1> ids = {"msg_3f2b8c1e-5a4d-4e6f-9b0a-1c2d3e4f5a6b"};
  std::array<std::string_view, 1> recipients = {"+15551234567"};
  CallRecord record;
};

Calls& Shared() {
  static Calls calls;
  return calls;
}

void BM_Metrics(benchmark::State& state) {
  Calls& calls = Shared();
  for (auto _ : state) {
    CallMetrics::Begin(*calls.record.method);
    calls.telemetry.calls().Count(calls.record);
  }
}
BENCHMARK(BM_Metrics)->ThreadRange(1, 2);

void BM_RecipientHash(benchmark::State& state) {
  const RecipientHash hash(SecretString(std::string(32, 'k')));
  for (auto _ : state) benchmark::DoNotOptimize(hash.Of("+15551234567"));
}
BENCHMARK(BM_RecipientHash);

void BuildLine(benchmark::State& state, bool with_recipient) {
  CallRecord record = Shared().record;
  if (!with_recipient) record.recipients = {};
  const RecipientHash hash(SecretString(std::string(32, 'k')));
  for (auto _ : state) benchmark::DoNotOptimize(CallLine(record, hash, LogFormat::kJson));
}
void BM_Line(benchmark::State& state) { BuildLine(state, false); }
void BM_LineWithRecipient(benchmark::State& state) { BuildLine(state, true); }
BENCHMARK(BM_Line);
BENCHMARK(BM_LineWithRecipient);

// All of it, the line queued and written by the log's thread; CPU is of both.
void BM_Record(benchmark::State& state) {
  Calls& calls = Shared();
  StartLog(state.range(0) == 1 ? LogLevel::kInfo : LogLevel::kWarning);
  for (auto _ : state) {
    Telemetry::Begin(*calls.record.method);
    calls.telemetry.Count(calls.record);
    calls.telemetry.WriteLine(calls.record);
  }
  state.counters["dropped"] = static_cast<double>(DroppedLogLines());
  StopLog();
}
BENCHMARK(BM_Record)->Arg(0)->Arg(1)->MeasureProcessCPUTime();

void BM_Scrape(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Shared().telemetry.metrics().Text());
}
BENCHMARK(BM_Scrape);

}  // namespace
}  // namespace blooio::gateway
