// What it costs to turn an attempt that went wrong into the error that its caller
// receives.
//
//   deploy/build release -DBLOOIO_BENCH=ON errors_bench
//   build/release/bin/errors_bench
#include <benchmark/benchmark.h>

#include "service/errors/outcome.h"
#include "tests/bench/examples.h"
#include "tests/unit/errors/outcomes.h"

namespace blooio::gateway {
namespace {

void Map(benchmark::State& state, const AttemptResult& result, Kind kind) {
  const CallFacts facts = Facts(kind);
  FixedRandomness randomness;
  for (auto _ : state) benchmark::DoNotOptimize(ErrorFromAttempt(result, facts, randomness));
}

// With a body whose message is quoted, and a number in it masked.
void BM_Invalid(benchmark::State& state) { Map(state, Answer(422, kInvalidAnswer), Kind::kKeyed); }
void BM_NotFound(benchmark::State& state) { Map(state, Answer(404), Kind::kRead); }
void BM_Throttled(benchmark::State& state) {
  AttemptResult result = Answer(429);
  result.retry_after = "2";
  Map(state, result, Kind::kKeyed);
}
// Of a page that a proxy makes.
void BM_BadGateway(benchmark::State& state) {
  Map(state, Answer(502, "<html>" + std::string(1000, 'x') + "</html>"), Kind::kUnkeyed);
}
void BM_Lost(benchmark::State& state) {
  AttemptResult result;
  result.end = AttemptEnd::kLost;
  result.phase = Phase::kSent;
  result.last_event = "Recv failure: Connection reset by peer";
  Map(state, result, Kind::kUnkeyed);
}
BENCHMARK(BM_Invalid);
BENCHMARK(BM_NotFound);
BENCHMARK(BM_Throttled);
BENCHMARK(BM_BadGateway);
BENCHMARK(BM_Lost);

}  // namespace
}  // namespace blooio::gateway
