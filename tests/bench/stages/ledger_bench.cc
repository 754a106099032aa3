// What it costs a keyed call to be remembered: its names, and its beginning and end in
// the memory of this process.
//
//   deploy/build release -DBLOOIO_BENCH=ON ledger_bench
//   build/release/bin/ledger_bench
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "service/ledger/memory_ledger.h"
#include "tests/bench/examples.h"
#include "tests/unit/ledger/test_ledger.h"

namespace blooio::gateway {
namespace {

constexpr Claim kClaim = {.lasts = absl::Seconds(30), .resumable = true};
const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

// As digests are, but in no time.
Operation NumberedOperation(uint64_t number) {
  Operation operation = {};
  const uint64_t scattered = number * 0x9e37'79b9'7f4a'7c15;
  std::memcpy(operation.id.data(), &scattered, sizeof scattered);
  return operation;
}

void BeginAndSettle(MemoryLedger& ledger, uint64_t number, benchmark::State& state) {
  const Operation operation = NumberedOperation(number);
  const Found found = NowBegin(ledger, operation, kClaim);
  if (found.what != Standing::kBegun) state.SkipWithError("not begun");
  ledger.Settle(operation, found.claim, {Settlement::kDone, std::string(120, 'r')});
}

// In a ledger that is full with so many: the oldest one goes each time.
void BM_BeginAndSettle(benchmark::State& state) {
  const auto most = static_cast<uint64_t>(state.range(0));
  SettableClock clock(kTime);
  MemoryLedger ledger(clock, {.max_entries = most});
  uint64_t number = 0;
  while (number < most) BeginAndSettle(ledger, ++number, state);
  for (auto _ : state) {
    clock.Pass(absl::Microseconds(20));
    BeginAndSettle(ledger, ++number, state);
  }
}
BENCHMARK(BM_BeginAndSettle)->Arg(1'000)->Arg(100'000);

// A repeat of what is done: its reply.
void BM_BeginDone(benchmark::State& state) {
  SettableClock clock(kTime);
  MemoryLedger ledger(clock, {});
  BeginAndSettle(ledger, 1, state);
  for (auto _ : state) benchmark::DoNotOptimize(NowBegin(ledger, NumberedOperation(1), kClaim));
}
BENCHMARK(BM_BeginDone);

void BM_Names(benchmark::State& state) {
  const RestRequest rest = {.verb = Verb::kPost,
                            .path = "/chats/chat_2f6c1d0b9a8e4c77/messages",
                            .body = std::string(120, 'b'),
                            .has_body = true};
  for (auto _ : state) {
    const OperationId id = IdOfOperation("billing", "main", kSendChatMessage, "order-1");
    benchmark::DoNotOptimize(UpstreamKey(id));
    benchmark::DoNotOptimize(PayloadOf(rest, "order-1"));
  }
}
BENCHMARK(BM_Names);

}  // namespace
}  // namespace blooio::gateway
