// The fault matrix: a first attempt that is lost after it was carried out, and what comes
// then. Nothing but a success under the same key settles whether it happened.
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <ostream>

#include "tests/integration/fault_world.h"
#include "tests/integration/harness/frame_server.h"
#include "tests/integration/harness/gate.h"
#include "tests/integration/harness/http2_front.h"

namespace blooio::integration {
namespace {

constexpr int kForGood = 1000;

const Json kLost = {{"close", "before"}, {"execute", true}};

// What all later attempts meet.
struct Second {
  std::string name;
  Json rule;
  Meeting meeting;
  // The account is closed afterwards.
  bool closes = false;
};

Json Answering(int status, const std::string& body, const std::string& retry_after = "0") {
  return {{"status", status}, {"body", body}, {"headers", {{"Retry-After", retry_after}}}};
}

const std::vector<Second>& Seconds() {
  const std::string coded = R"({"error":"ApiError","code":"some_code","message":"no"})";
  static const std::vector<Second> seconds = {
      {"409", Answering(409, coded), {.status = 409}},
      {"422", Answering(422, coded), {.status = 422}},
      {"429", Answering(429, ""), {.status = 429}},
      {"429 for long", Answering(429, "", "60"), {.status = 429, .long_wait = true}, true},
      {"429 with a code", Answering(429, coded), {.status = 429, .coded = true}},
      {"500", Answering(500, coded), {.status = 500}},
      {"garbage", {{"status", 200}, {"body", "<html>"}}, {.what = Meeting::kUnusable, .status = 200}},
  };
  return seconds;
}

Meeting Executed(const CallKind& kind) { return {.what = Meeting::kLost, .executes = !kind.read}; }

struct Transport {
  std::string name;
  bool http2;
};

std::ostream& operator<<(std::ostream& out, const Transport& transport) { return out << transport.name; }

// What calls of one kind meet: the sandbox, by HTTP/2 with a server in front that can lose
// an answer.
struct Lane {
  Lane(const CallKind& kind, const TlsFiles& files, bool http2)
      : kind(kind), frames(http2 ? std::make_unique<FrameServer>(files, sandbox.address()) : nullptr) {}

  Place At(const std::string& name, const std::string& account = "") const {
    if (frames == nullptr) return {name, "http", sandbox.address(), sandbox, 20, account};
    return {name, "https", frames->address(), sandbox, 20, account};
  }
  // The cell's next attempt is carried out and lost; later ones meet `rule`, if any.
  void Break(const Cell& cell, const Json& rule) const {
    const Json match = {{"verb", cell.verb}, {"target_prefix", cell.prefix}};
    if (frames != nullptr) {
      frames->Meet(FrameServer::Act::kAskAndReset, 1);
    } else {
      sandbox.Break(kLost, 1, match);
    }
    if (!rule.empty()) sandbox.Break(rule, kForGood, match, frames != nullptr ? 1 : 0);
  }

  const CallKind kind;
  SandboxServer sandbox;
  const std::unique_ptr<FrameServer> frames;
};

class FaultStepsTest : public testing::TestWithParam<Transport> {
 protected:
  FaultStepsTest() {
    std::vector<Place> places;
    for (const CallKind& kind : CallKinds()) {
      const Lane& lane = lanes_.emplace_back(kind, files_, http2());
      places.push_back(lane.At(kind.name));
      places.push_back(lane.At(kind.name + "-limited",
                               "rate_limit: { requests_per_second: 0.05, burst: 1 }, max_wait: 0s"));
    }
    world_ = std::make_unique<FaultWorld>(places, http2() ? files_.authority : "");
  }
  bool http2() const { return GetParam().http2; }

  // How an account gets ready for a cell.
  enum Account { kCalm, kFailing, kLimited };

  // Calls of all kinds at the same time, each with an account of its own. The first attempt
  // meets what says that it was carried out, later ones `rule`, which is `then`.
  void Check(Account account, const Json& rule, const Meeting& then, bool repeats) {
    std::vector<Cell> cells;
    for (const Lane& lane : lanes_) {
      lane.sandbox.Reset();
      cells.push_back(world_->NewCell(lane.kind, lane.kind.name + (account == kLimited ? "-limited" : "")));
      if (account == kFailing) FailOften(cells.back(), 19);
      lane.Break(cells.back(), rule);
    }
    const std::vector<Result> results = world_->CallAll(cells);
    for (size_t i = 0; i < lanes_.size(); ++i) {
      const CallKind& kind = lanes_[i].kind;
      lanes_[i].sandbox.Mend();
      Meeting later = then;
      if (later.what == Meeting::kAnswer && later.status == 0) later.status = AgainStatus(kind, true);
      std::vector<Foreseen> ways = {Foresee(kind, {Executed(kind), later})};
      // libcurl by itself repeats a read on a connection that it reused.
      if (kind.read && !http2()) {
        const Meeting repeated = account == kCalm ? later : Meeting();
        ways.push_back(Foresee(kind, {repeated}));
        for (Foreseen& way : ways) way.more_requests = 1;
      }
      const Foreseen& way = Which(ways, results[i]);
      CheckCell(cells[i], way, results[i], Seen(cells[i]));
      if (repeats) world_->CheckRepeat(cells[i], results[i], way);
    }
  }

  // A cell's account and API have failed so often; at 20 the circuit opens.
  void FailOften(const Cell& cell, int times) {
    const bool v2 = cell.kind.name.starts_with("v2");
    const CallKind create = {.name = v2 ? "v2-create" : "v4-create", .create = true};
    for (int i = 0; i < times; ++i) {
      const Cell other = MakeCell(create, cell.account, *cell.sandbox);
      cell.sandbox->Break({{"status", 500}}, 1, {{"verb", "POST"}, {"target_prefix", other.prefix}});
      google::protobuf::Empty reply;
      ASSERT_EQ(world_->Call(cell, *other.request, &reply).Reason(), "OUTCOME_UNKNOWN");
    }
  }

  TempDir folder_;
  const TlsFiles files_ = MakeTlsFiles(folder_, "frames");
  std::deque<Lane> lanes_;
  std::unique_ptr<FaultWorld> world_;
};

TEST_P(FaultStepsTest, LostAndThenWell) { Check(kCalm, {}, {}, true); }

TEST_P(FaultStepsTest, LostAndThenAnswered) {
  for (const Second& second : Seconds()) {
    SCOPED_TRACE(second.name);
    Check(kCalm, second.rule, second.meeting, !second.closes);
  }
}

TEST_P(FaultStepsTest, LostAndThenTheCircuitIsOpen) {
  Check(kFailing, {}, {.what = Meeting::kCircuitOpen}, false);
}

TEST_P(FaultStepsTest, LostAndThenTheAccountIsAtItsLimit) {
  Check(kLimited, {}, {.what = Meeting::kLimited}, false);
}

// Whatever was not begun before is told so.
TEST_P(FaultStepsTest, AnOpenCircuitLetsNothingThrough) {
  for (const CallKind& kind : CallKinds()) {
    const Cell cell = world_->NewCell(kind, kind.name);
    FailOften(cell, 20);
    const Result result = world_->Call(cell);
    CheckCell(cell, Foresee(kind, {{.what = Meeting::kCircuitOpen}}), result, Seen(cell));
  }
}

INSTANTIATE_TEST_SUITE_P(Transports, FaultStepsTest,
                         testing::Values(Transport{"Http1", false}, Transport{"Http2", true}),
                         [](const auto& info) { return info.param.name; });

// The upstream is killed while it has the requests of all kinds of calls, which it has
// carried out.
class FaultRestartTest : public testing::TestWithParam<Transport> {
 protected:
  bool http2() const { return GetParam().http2; }

  // What becomes of the upstream then, and what later attempts meet.
  void Check(Gate::Way way, const Json& rule, const Meeting& then, absl::Duration deadline, bool repeats) {
    const std::vector<Cell> cells = world_.NewCells("upstream");
    std::vector<std::unique_ptr<Caller::Pending>> calls;
    for (const Cell& cell : cells) {
      const Json match = {{"verb", cell.verb}, {"target_prefix", cell.prefix}};
      sandbox_.Break({{"hang", true}, {"execute", true}}, 1, match);
    }
    for (const Cell& cell : cells) calls.push_back(world_.Start(cell, deadline));
    ASSERT_TRUE(sandbox_.AwaitRequests(cells.size()));
    if (!rule.empty()) sandbox_.Break(rule, kForGood);
    // Otherwise nobody would listen for a moment.
    way == Gate::Way::kPass ? gate_.Cut() : gate_.Use(way);
    std::vector<Result> results;
    for (const auto& call : calls) results.push_back(call->Wait());
    const Seen seen(sandbox_);
    sandbox_.Mend();
    if (way != Gate::Way::kPass) gate_.Use(Gate::Way::kPass);
    for (size_t i = 0; i < cells.size(); ++i) {
      const CallKind& kind = cells[i].kind;
      Meeting last = then;
      if (last.what == Meeting::kAnswer) last.status = AgainStatus(kind, true);
      std::vector<Foreseen> ways = {Foresee(kind, {Executed(kind), last})};
      // libcurl by itself repeats a read on a connection that others have used.
      if (kind.read) {
        ways.push_back(Foresee(kind, {last}));
        ways.back().more_requests = 1;
      }
      const Foreseen& way = Which(ways, results[i]);
      CheckCell(cells[i], way, results[i], seen);
      if (repeats) world_.CheckRepeat(cells[i], results[i], way);
    }
  }

  TempDir folder_;
  const TlsFiles files_ = MakeTlsFiles(folder_, "front");
  SandboxServer sandbox_;
  const std::unique_ptr<Http2Front> front_ =
      http2() ? std::make_unique<Http2Front>(files_, sandbox_.address()) : nullptr;
  Gate gate_{http2() ? front_->address() : sandbox_.address()};
  FaultWorld world_{{{"upstream", http2() ? "https" : "http", gate_.address(), sandbox_, 20}},
                    http2() ? files_.authority : ""};
};

TEST_P(FaultRestartTest, AndIsBack) { Check(Gate::Way::kPass, {}, {}, absl::Seconds(30), true); }

TEST_P(FaultRestartTest, AndStaysAway) {
  Check(Gate::Way::kRefuse, {}, {.what = Meeting::kNotSent, .arrives = false}, absl::Seconds(30), true);
}

TEST_P(FaultRestartTest, AndIsBackTooLate) {
  Check(Gate::Way::kPass, {{"hang", true}}, {.what = Meeting::kDeadline}, absl::InfiniteDuration(), true);
}

INSTANTIATE_TEST_SUITE_P(Transports, FaultRestartTest,
                         testing::Values(Transport{"Http1", false}, Transport{"Http2", true}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace blooio::integration
