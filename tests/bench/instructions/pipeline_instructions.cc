// Runs whole calls of one kind, for counting their instructions; see README.md.
//
//   pipeline_instructions             names the kinds
//   pipeline_instructions KIND        runs kWarmUp calls, and then kCounted of them in
//                                     CountedCalls, which is what to look at
//
// Calls that end otherwise than they should are exit 1.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "google/rpc/code.pb.h"
#include "service/telemetry/log.h"
#include "tests/bench/examples.h"
#include "tests/bench/instructions/world.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {

constexpr int kWarmUp = 200;
constexpr int kCounted = 1000;

struct Kind {
  std::string name;
  size_t caller = World::kBilling;
  const char* method = nullptr;
  const char* request = nullptr;
  // With a key of its own for each call.
  bool keyed = false;
  World::Answer answer;
  google::rpc::Code code = google::rpc::OK;
};

std::vector<Kind> Kinds() {
  const World::Answer accepted = {202, kSendMessageAnswer};
  return {{.name = "v4.SendChatMessage.keyed",
           .method = kSendChatMessage,
           .request = kSendChatMessageRequest,
           .keyed = true,
           .answer = {201, kSendChatMessageAnswer}},
          {.name = "v2.SendMessage.keyless",
           .method = kSendMessage,
           .request = kSendMessageRequest,
           .answer = accepted},
          {.name = "v4.ListGroups.of-20",
           .method = kListGroups,
           .request = kListGroupsRequest,
           .answer = {200, ListGroupsAnswer(20)}},
          {.name = "v4.SendChatMessage.upstream-422",
           .method = kSendChatMessage,
           .request = kSendChatMessageRequest,
           .keyed = true,
           .answer = {422, kInvalidAnswer},
           .code = google::rpc::INVALID_ARGUMENT},
          {.name = "v2.SendMessage.not-allowed",
           .caller = World::kReader,
           .method = kSendMessage,
           .request = kSendMessageRequest,
           .answer = accepted,
           .code = google::rpc::PERMISSION_DENIED}};
}

// A call before it comes, with room for its reply.
struct Prepared {
  std::unique_ptr<google::protobuf::Message> request;
  std::unique_ptr<google::protobuf::Message> reply;
};

std::vector<Prepared> Prepare(const Kind& kind, const Route& route, int calls, const char* key) {
  std::vector<Prepared> prepared;
  for (int i = 0; i < calls; ++i) {
    Prepared call = {Make(*route.request, kind.request), Make(*route.reply)};
    if (kind.keyed) {
      call.request->GetReflection()->SetString(call.request.get(), route.key_field->field,
                                               absl::StrFormat("%s-%08d", key, i));
    }
    prepared.push_back(std::move(call));
  }
  return prepared;
}

// How many ended otherwise than with `code`.
int RunCalls(World& world, const World::Served& served, const CallInput& input,
             const std::vector<Prepared>& calls, int code) {
  int wrong = 0;
  for (const Prepared& call : calls) {
    world.Pass();
    if (world.Run(served, input, *call.request, call.reply.get()) != code) ++wrong;
  }
  return wrong;
}

// A name of its own, for callgrind's --toggle-collect.
[[gnu::noinline]] int CountedCalls(World& world, const World::Served& served, const CallInput& input,
                                   const std::vector<Prepared>& calls, int code) {
  return RunCalls(world, served, input, calls, code);
}

int Count(const Kind& kind) {
  const Route& route = RouteOf(kind.method);
  World world(kind.answer);
  const World::Served served = world.Serve(route);
  const std::string authorization = World::AuthorizationOf(kind.caller);
  CallInput input;
  input.presented.authorization = authorization;
  const std::vector<Prepared> first = Prepare(kind, route, kWarmUp, "first");
  const std::vector<Prepared> counted = Prepare(kind, route, kCounted, "order");
  StartLog(LogLevel::kInfo);
  const int wrong = RunCalls(world, served, input, first, kind.code) +
                    CountedCalls(world, served, input, counted, kind.code);
  StopLog();
  if (wrong == 0) return 0;
  std::printf("pipeline_instructions: %d calls of %s did not end with code %d\n", wrong, kind.name.c_str(),
              kind.code);
  return 1;
}

int Main(int argc, char** argv) {
  for (const Kind& kind : Kinds()) {
    if (argc < 2) std::printf("%s\n", kind.name.c_str());
    if (argc == 2 && kind.name == argv[1]) return Count(kind);
  }
  if (argc < 2) return 0;
  std::printf("pipeline_instructions: there is no kind of calls named %s; without arguments it names them\n",
              argv[1]);
  return 2;
}

}  // namespace blooio::gateway

int main(int argc, char** argv) { return blooio::gateway::Main(argc, argv); }
