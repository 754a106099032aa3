// What a rate decision costs, and what its memory.
//
//   deploy/build release -DBLOOIO_BENCH=ON ratelimit_bench
//   build/release/bin/ratelimit_bench
//
// BM_Start is a call that starts and ends: account, caller and method buckets and
// the in-flight counts of account and caller. BM_Refused* are refusals, BM_Keys
// tells what 1,000,000 callers' methods take.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include "service/ratelimit/rate_limiter.h"

namespace blooio::gateway {
namespace {

constexpr uint32_t kCallers = 1000;
constexpr uint32_t kMethods = 1000;

// Limits that nobody runs into, and everything counted.
RateLimits Limits(Limit account, Limit caller, Limit method) {
  RateLimits limits;
  limits.accounts.push_back({.limit = account, .most_in_flight = 1'000'000'000, .reserve = 100});
  const auto methods = std::make_shared<std::vector<Limit>>(std::vector<Limit>(kMethods, method));
  for (uint32_t i = 0; i < kCallers; ++i) {
    limits.callers.push_back({.limit = caller, .methods = methods, .most_in_flight = 1'000'000'000});
  }
  return limits;
}
const Limit kWide = {{100'000, kSecond}, 1'000'000};
const Limit kNarrow = {{50, kSecond}, 100};

RateLimiter& Wide() {
  static RateLimiter limiter(Limits(kWide, kWide, kWide));
  return limiter;
}

void BM_Start(benchmark::State& state) {
  RateLimiter& limiter = Wide();
  // A thread's time goes on from run to run.
  thread_local Instant now = kSecond;
  const auto first = static_cast<uint32_t>(state.thread_index()) * 37;
  uint32_t i = 0;
  for (auto _ : state) {
    const Call call = {.caller = (first + ++i * 7) % kCallers, .method = i % 10};
    const Decision decision = limiter.Decide(call, now += 20'000);
    if (decision.outcome != Outcome::kStart) state.SkipWithError("refused");
    limiter.Finish(call);
  }
}
BENCHMARK(BM_Start)->ThreadRange(1, 2);

// The decision alone.
void BM_Decide(benchmark::State& state) {
  RateLimits limits = Limits(kWide, kWide, kWide);
  RateLimiter limiter(std::move(limits));
  Instant now = kSecond;
  uint32_t i = 0;
  for (auto _ : state) {
    const Call call = {.caller = ++i * 7 % kCallers, .method = i % 10};
    benchmark::DoNotOptimize(limiter.Decide(call, now += 20'000));
  }
}
BENCHMARK(BM_Decide);

// By their own limit: a caller that comes twice as often as it may.
void BM_RefusedByCaller(benchmark::State& state) {
  RateLimiter limiter(Limits(kWide, kNarrow, kWide));
  Instant now = kSecond;
  for (auto _ : state) benchmark::DoNotOptimize(limiter.Decide({.caller = 5}, now += 10'000'000));
}
BENCHMARK(BM_RefusedByCaller);

// A flood on one account, of so many callers.
void BM_Flood(benchmark::State& state) {
  RateLimiter limiter(Limits(kNarrow, kWide, kWide));
  Instant now = kSecond;
  const auto callers = static_cast<uint32_t>(state.range(0));
  uint32_t i = 0;
  for (auto _ : state) {
    const Call call = {.caller = ++i % callers, .method = 1};
    benchmark::DoNotOptimize(limiter.Decide(call, now += 100'000));
    if (limiter.NextTurn(0, now) > now) continue;
    for (const Turn& turn : limiter.Advance(0, now)) benchmark::DoNotOptimize(turn);
  }
}
BENCHMARK(BM_Flood)->Arg(1)->Arg(10)->Arg(1000);

void BM_Keys(benchmark::State& state) {
  for (auto _ : state) {
    const auto before = mallinfo2();
    RateLimiter limiter(Limits(kWide, kWide, {{1, 3600 * kSecond}, 10}));
    for (uint32_t i = 0; i < kCallers * kMethods; ++i) {
      limiter.Decide({.caller = i % kCallers, .method = i / kCallers}, kSecond + i * 1000);
    }
    const auto after = mallinfo2();
    state.counters["keys"] = static_cast<double>(limiter.MethodBuckets());
    state.counters["MiB"] =
        static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / (1 << 20);
    // A day later they are all full, and calls of some methods find that out.
    for (uint32_t i = 0; i < 3 * kCallers * kMethods; ++i) {
      limiter.Decide({.caller = i % kCallers, .method = i / kCallers % 300}, 86'400 * kSecond + i * 10'000LL);
    }
    state.counters["kept"] = static_cast<double>(limiter.MethodBuckets());
  }
}
BENCHMARK(BM_Keys)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace blooio::gateway
