#include "tests/integration/fault_world.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "blooio/v4/groups_service.pb.h"

namespace blooio::integration {
namespace {

constexpr char kCalm[] = "calm";
constexpr absl::Duration kPatience = absl::Seconds(30);

std::string Config(const std::vector<Place>& places, const std::string& calm, const std::string& settings,
                   const std::vector<std::pair<std::string, std::string>>& callers) {
  std::string text = "server: { listen: '127.0.0.1:0', drain_delay: 0s }\naccounts:\n";
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const std::string& key, const std::string& url,
                       const std::string& further) {
    names.push_back(name);
    absl::StrAppend(&text, "  - { name: ", name, ", api_key_file: ", key, ", v2: { base_url: '", url,
                    "/v2/api' }, v4: { base_url: '", url, "/v4' }", further.empty() ? "" : ", ", further,
                    " }\n");
  };
  add(kCalm, kCalm, "http://" + calm, "");
  for (const Place& place : places) {
    for (int i = 0; i < place.accounts; ++i) {
      add(absl::StrCat(place.name, ".", i), place.name, place.scheme + "://" + place.address, place.account);
    }
  }
  absl::StrAppend(&text, "anonymous: { enabled: false }\nupstream: { ", settings, " }\ncallers:\n");
  for (const auto& [name, digest] : callers) {
    absl::StrAppend(&text, "  - { name: ", name, ", token_sha256: [", digest,
                    "], methods: ['*'], accounts: [", absl::StrJoin(names, ", "), "] }\n");
  }
  return text;
}

std::string StatusText(int status) { return status == 0 ? "" : absl::StrCat(status); }

int Attempts(const Result& result) {
  int attempts = 0;
  return absl::SimpleAtoi(result.Trailer("blooio-attempts"), &attempts) ? attempts : 0;
}

}  // namespace

FaultWorld::FaultWorld(const std::vector<Place>& places, const std::string& authority,
                       absl::Duration patience) {
  GatewayOptions options;
  options.files = {{kCalm, calm_.key()}};
  for (const Place& place : places) {
    places_.emplace(place.name, place);
    options.files.emplace_back(place.name, place.sandbox.key());
  }
  std::string settings = absl::StrCat("connect_timeout: ", absl::FormatDuration(patience),
                                      ", attempt_timeout: ", absl::FormatDuration(patience));
  absl::StrAppend(&settings, ", default_deadline: ", absl::FormatDuration(kDefaultDeadline));
  if (!authority.empty()) absl::StrAppend(&settings, ", ca_file: '", authority, "'");
  options.config =
      Config(places, calm_.address(), settings, {{"one", token_.digest}, {"other", other_.digest}});
  options.flags = {"--log-level", "info"};
  gateway_ = std::make_unique<GatewayServer>(options);
  caller_ = std::make_unique<Caller>(gateway_->address());
}

FaultWorld::~FaultWorld() {
  // What the faults did left nothing behind that would keep it from ending.
  EXPECT_EQ(gateway_->Stop(), 0) << gateway_->process().err();
}

Cell FaultWorld::NewCell(const CallKind& kind, const std::string& place, size_t padding) {
  const Place& where = places_.at(place);
  const int number = next_[place]++;
  if (number >= where.accounts) throw std::runtime_error("too few accounts: " + place);
  return MakeCell(kind, absl::StrCat(place, ".", number), where.sandbox, padding);
}

std::vector<Cell> FaultWorld::NewCells(const std::string& place, size_t padding) {
  std::vector<Cell> cells;
  for (const CallKind& kind : CallKinds()) cells.push_back(NewCell(kind, place, padding));
  return cells;
}

CallOptions FaultWorld::As(const CallerToken& token, const std::string& account, absl::Duration deadline) {
  return {.deadline = deadline, .metadata = {token.metadata(), {"blooio-account", account}}};
}

Result FaultWorld::Call(const Cell& cell, absl::Duration deadline) {
  const Result result = Start(cell, deadline)->Wait();
  Pay(result);
  return result;
}

Result FaultWorld::Call(const Cell& cell, const google::protobuf::Message& request,
                        google::protobuf::Message* reply, Who who) {
  const Result result =
      caller_->Call(request, reply, As(who == Who::kOther ? other_ : token_, cell.account, kPatience));
  Pay(result);
  return result;
}

std::unique_ptr<Caller::Pending> FaultWorld::Start(const Cell& cell, absl::Duration deadline) {
  return caller_->Start(*cell.request, &replies_.emplace_back(), As(token_, cell.account, deadline));
}

std::vector<Result> FaultWorld::CallAll(const std::vector<Cell>& cells) {
  std::vector<std::unique_ptr<Caller::Pending>> calls;
  for (const Cell& cell : cells) calls.push_back(Start(cell));
  std::vector<Result> results;
  for (const auto& call : calls) results.push_back(call->Wait());
  for (const Result& result : results) Pay(result);
  return results;
}

void FaultWorld::Pay(const Result& result) {
  constexpr int kCallsForARetry = 5;
  constexpr int kAtOnce = 40;
  retries_ += std::max(Attempts(result) - 1, 0);
  if (retries_ < kAtOnce) return;
  const int calls = std::exchange(retries_, 0) * kCallsForARetry;
  for (int i = 0; i < calls; ++i) {
    v4::ListGroupsResponse reply;
    const Result paid = caller_->Call(v4::ListGroupsRequest(), &reply, As(token_, kCalm, kPatience));
    ASSERT_EQ(paid.code, google::rpc::OK) << paid;
  }
}

void FaultWorld::CheckRepeat(const Cell& cell, const Result& result, const Foreseen& foreseen) {
  CallKind kind = cell.kind;
  SCOPED_TRACE("repeat of " + kind.name);
  std::string key = "order-" + cell.mark;
  if (!kind.keyed) {
    if (!kind.travels || !foreseen.unknown) return;
    key = result.Only<google::rpc::RequestInfo>().value_or(google::rpc::RequestInfo()).request_id();
  }
  kind.keyed = true;
  const Foreseen repeat = ForeseeRepeat(kind, foreseen);
  const int before = Seen(cell).Requests(cell);
  google::protobuf::Empty reply;
  const Result repeated = Call(cell, *WithKey(cell, key), &reply);
  EXPECT_EQ(google::rpc::Code_Name(repeated.code), google::rpc::Code_Name(repeat.code)) << repeated;
  EXPECT_EQ(repeated.Reason(), repeat.reason) << repeated;
  EXPECT_EQ(Attempts(repeated), repeat.attempts) << repeated;
  const Seen seen(cell);
  EXPECT_EQ(seen.Requests(cell) - before, repeat.requests) << repeated;
  EXPECT_EQ(seen.Executions(cell), repeat.executed) << repeated;
}

void CheckAnswer(const Cell& cell, const Foreseen& foreseen, const Result& result) {
  EXPECT_EQ(google::rpc::Code_Name(result.code), google::rpc::Code_Name(foreseen.code)) << result;
  EXPECT_EQ(result.Reason(), foreseen.reason) << result;
  EXPECT_EQ(Attempts(result), foreseen.attempts) << result;
  EXPECT_EQ(result.Trailer("blooio-upstream-status"), StatusText(foreseen.status)) << result;
  const std::string pushback = result.Trailer("grpc-retry-pushback-ms");
  const auto retries = result.All<google::rpc::RetryInfo>();
  if (foreseen.code == google::rpc::OK) {
    EXPECT_EQ(pushback, "") << result;
    return;
  }
  EXPECT_EQ(result.status.code(), result.code) << result;
  EXPECT_EQ(result.Fact("account"), cell.account) << result;
  ASSERT_EQ(retries.size(), foreseen.repeat ? 1u : 0u) << result;
  if (!foreseen.repeat) {
    EXPECT_EQ(pushback, "-1") << result;
  } else {
    const auto& delay = retries[0].retry_delay();
    const int64_t milliseconds = delay.seconds() * 1000 + delay.nanos() / 1000000;
    EXPECT_EQ(absl::StrCat(milliseconds), pushback) << result;
    EXPECT_GE(milliseconds, 50) << result;
    EXPECT_LE(milliseconds, 720000) << result;
  }
  // Whoever may ask again safely learns by which key.
  const auto info = result.All<google::rpc::RequestInfo>();
  if (!foreseen.unknown || !cell.kind.travels) return;
  ASSERT_EQ(info.size(), 1u) << result;
  if (cell.kind.keyed) {
    EXPECT_EQ(info[0].request_id(), "order-" + cell.mark) << result;
  } else {
    EXPECT_EQ(info[0].request_id().size(), 36u) << result;
  }
}

void CheckCell(const Cell& cell, const Foreseen& foreseen, const Result& result, const Seen& seen) {
  SCOPED_TRACE(cell.kind.name);
  CheckAnswer(cell, foreseen, result);
  EXPECT_GE(seen.Requests(cell), foreseen.requests) << result;
  EXPECT_LE(seen.Requests(cell), foreseen.requests + foreseen.more_requests) << result;
  EXPECT_EQ(seen.Executions(cell), foreseen.executed) << result;
}

const Foreseen& Which(const std::vector<Foreseen>& ways, const Result& result) {
  const auto found = std::ranges::find_if(ways, [&result](const Foreseen& way) {
    return way.code == result.code && way.reason == result.Reason() && way.attempts == Attempts(result) &&
           StatusText(way.status) == result.Trailer("blooio-upstream-status");
  });
  return found == ways.end() ? ways.front() : *found;
}

}  // namespace blooio::integration
