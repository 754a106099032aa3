// What it costs a call to be looked at, checked and written as REST, and what its
// answer costs to read.
//
//   deploy/build release -DBLOOIO_BENCH=ON transcoding_bench
//   build/release/bin/transcoding_bench
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "service/transcoding/reply_reader.h"
#include "service/transcoding/request_traits.h"
#include "service/transcoding/request_writer.h"
#include "service/transcoding/validator.h"
#include "tests/bench/examples.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

void BM_Traits(benchmark::State& state, const char* method, const char* text) {
  const Route& route = RouteOf(method);
  const auto request = Make(*route.request, text);
  for (auto _ : state) benchmark::DoNotOptimize(ReadTraits(route, *request));
}
BENCHMARK_CAPTURE(BM_Traits, SendChatMessage, kSendChatMessage, kSendChatMessageRequest);
BENCHMARK_CAPTURE(BM_Traits, SendMessage, kSendMessage, kSendMessageRequest);

void BM_Validate(benchmark::State& state, const char* method, const char* text) {
  const Route& route = RouteOf(method);
  const auto request = Make(*route.request, text);
  if (!Validate(route, *request).empty()) state.SkipWithError("invalid");
  for (auto _ : state) benchmark::DoNotOptimize(Validate(route, *request));
}
BENCHMARK_CAPTURE(BM_Validate, SendChatMessage, kSendChatMessage, kSendChatMessageRequest);
BENCHMARK_CAPTURE(BM_Validate, SendMessage, kSendMessage, kSendMessageRequest);

void BM_Encode(benchmark::State& state, const char* method, const char* text) {
  const Route& route = RouteOf(method);
  const auto request = Make(*route.request, text);
  for (auto _ : state) benchmark::DoNotOptimize(WriteRequest(route, *request));
}
BENCHMARK_CAPTURE(BM_Encode, SendChatMessage, kSendChatMessage, kSendChatMessageRequest);
BENCHMARK_CAPTURE(BM_Encode, SendMessage, kSendMessage, kSendMessageRequest);
BENCHMARK_CAPTURE(BM_Encode, ListGroups, kListGroups, kListGroupsRequest);

// Into a reply of its own each time, as every call has one.
void BM_Decode(benchmark::State& state, const char* method, const std::string& body) {
  const Route& route = RouteOf(method);
  const ReadAnswer once = Read(route, body);
  if (!once.reading.readable || !once.reading.proves_acceptance) state.SkipWithError("unreadable");
  for (auto _ : state) {
    const std::unique_ptr<google::protobuf::Message> reply(once.reply->New());
    benchmark::DoNotOptimize(ReadReply(route, body, reply.get()));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(body.size()));
}
BENCHMARK_CAPTURE(BM_Decode, SendChatMessage, kSendChatMessage, kSendChatMessageAnswer);
BENCHMARK_CAPTURE(BM_Decode, SendMessage, kSendMessage, kSendMessageAnswer);
BENCHMARK_CAPTURE(BM_Decode, ListGroupsOf20, kListGroups, ListGroupsAnswer(20));

}  // namespace
}  // namespace blooio::gateway
