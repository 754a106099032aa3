#include "tests/bench/instructions/world.h"

#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "service/base/digest.h"
#include "service/rpc/call_report.h"
#include "tests/bench/examples.h"

namespace blooio::gateway {
namespace {

constexpr size_t kCallers = 1000;
// As many operations as the ledger keeps: each new one takes the oldest one's place.
constexpr size_t kKeyed = 10'000;
const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);
constexpr char kTraceParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr const char* kMethods[] = {kSendChatMessage, kSendMessage, kListGroups};
// Nobody runs into it.
const Limit kWide = {{100'000, kSecond}, 1'000'000};

std::string TokenOf(size_t caller) { return absl::StrFormat("token-of-caller-%027d", caller); }

std::vector<KnownCaller> Callers() {
  std::vector<KnownCaller> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    const Digest digest = Sha256(TokenOf(i));
    const std::string bytes(digest.begin(), digest.end());
    callers.push_back(
        {.name = absl::StrFormat("caller-%d", i), .token_sha256 = {absl::BytesToHexString(bytes)}});
  }
  return callers;
}

std::vector<Grants> AllGrants() {
  Grants grants = {.accounts = {{"main", 0}, {"second", 1}}, .max_recipients = 20};
  grants.methods.assign(std::begin(kMethods), std::end(kMethods));
  std::vector<Grants> all(kCallers, grants);
  all[World::kReader].methods = {"reads"};
  return all;
}

}  // namespace

World::World(Answer answer)
    : clock_(kTime),
      telemetry_(SecretString(std::string(32, 'k')), "1", clock_),
      ledger_(clock_, {.max_entries = kKeyed}),
      upstream_(std::move(answer)) {
  turnstile_.Configure(Limits());
  FillLedger();
  pipeline_ = std::make_unique<Pipeline>(
      State(), Pipeline::Parts{ledger_, turnstile_, upstream_, timers_, clock_, randomness_}, 10'000);
}

std::string World::AuthorizationOf(size_t caller) { return "Bearer " + TokenOf(caller); }

World::Served World::Serve(const Route& route) { return {route, telemetry_.calls().Method(route.method)}; }

int World::Run(const Served& served, const CallInput& input, const google::protobuf::Message& request,
               google::protobuf::Message* reply) {
  int code = 0;
  Telemetry::Begin(served.meter);
  pipeline_->Run(served.route, input, request, reply, [&](const CallOutcome& outcome) {
    code = outcome.error ? outcome.error->status.code() : 0;
    const CallReport report(served.route, served.meter, outcome, request, *reply, kTraceParent,
                            absl::Microseconds(3456));
    telemetry_.Count(report.record());
    telemetry_.WriteLine(report.record());
  });
  upstream_.Answer();
  return code;
}

std::shared_ptr<const PipelineState> World::State() {
  auto state = std::make_shared<PipelineState>();
  for (const std::string name : {"main", "second"}) {
    Account account;
    account.name = name;
    account.place = static_cast<uint32_t>(state->accounts.size());
    account.v2 = std::make_shared<Endpoint>(Endpoint{"http://v2." + name});
    account.v4 = std::make_shared<Endpoint>(Endpoint{"http://v4." + name});
    account.v2_circuit = std::make_shared<Circuit>(clock_, randomness_);
    account.v4_circuit = std::make_shared<Circuit>(clock_, randomness_);
    account.keys = std::make_shared<AccountKeys>(clock_);
    account.keys->Load(KeySlot::kCurrent, SecretString("key-of-" + name));
    account.meter = telemetry_.calls().Account(name);
    state->accounts.push_back(std::move(account));
  }
  const std::vector<KnownCaller> callers = Callers();
  for (const KnownCaller& caller : callers) {
    state->caller_places.push_back(static_cast<uint32_t>(state->caller_places.size()));
    state->caller_weights.push_back(1);
    state->caller_meters.push_back(telemetry_.calls().Caller(caller.name));
  }
  state->identifier = Identifier(callers, /*anonymous=*/false);
  state->policy = Policy(AllGrants());
  for (const char* method : kMethods) {
    const auto place = static_cast<uint32_t>(state->method_terms.size());
    state->method_terms[method] = {.place = place};
  }
  return state;
}

RateLimits World::Limits() {
  constexpr int64_t kManyInFlight = 1'000'000;
  RateLimits limits;
  limits.accounts.assign(2, {.limit = kWide, .most_in_flight = kManyInFlight, .reserve = 100});
  const auto methods = std::make_shared<std::vector<Limit>>(std::size(kMethods), kWide);
  limits.callers.assign(kCallers, {.limit = kWide, .methods = methods, .most_in_flight = kManyInFlight});
  return limits;
}

void World::FillLedger() {
  for (uint64_t i = 0; i < kKeyed; ++i) {
    Operation operation = {};
    const uint64_t scattered = i * 0x9e37'79b9'7f4a'7c15;
    std::memcpy(operation.id.data(), &scattered, sizeof scattered);
    const Found found = NowBegin(ledger_, operation, {.lasts = absl::Seconds(30)});
    ledger_.Settle(operation, found.claim, {Settlement::kDone, std::string(120, 'r')});
    clock_.Pass(absl::Microseconds(20));
  }
}

World::PromptUpstream::PromptUpstream(World::Answer answer) {
  result_.end = AttemptEnd::kAnswered;
  result_.phase = Phase::kSent;
  result_.status = answer.status;
  result_.body = std::move(answer.body);
  result_.took = absl::Microseconds(2100);
  result_.queued = absl::Microseconds(12);
}

std::shared_ptr<Attempt> World::PromptUpstream::Start(std::shared_ptr<const Endpoint>,
                                                      std::shared_ptr<const SecretString>, const RestRequest&,
                                                      absl::Time, Done done) {
  done_ = std::move(done);
  return attempt_;
}

void World::PromptUpstream::Answer() {
  if (done_ != nullptr) std::exchange(done_, nullptr)(result_);
}

}  // namespace blooio::gateway
