// The fault matrix: everything that an upstream can do to a request that reached it, for each
// kind of call, by HTTP/1.1 and by HTTP/2 over TLS. Each fault stays to begin with, and then
// goes after an attempt; and it is met by an upstream that carries the operation out, and by
// one that does not.
//
// What each cell comes to is Foresee's to say.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

#include "tests/integration/fault_world.h"
#include "tests/integration/harness/http2_front.h"

namespace blooio::integration {
namespace {

constexpr int kForGood = 1000;

// Which upstreams do so.
enum Doing { kEither, kNever, kAlways };

struct Fault {
  std::string name = "";
  // Of the sandbox, but for "execute".
  Json rule = {};
  // As it is told apart by HTTP/1.1.
  Meeting meeting = {};
  Doing executed = kEither;
  // The account has to wait before it may go on, however well things are.
  bool closes = false;
  // It lasts as long as the gateway is willing to wait.
  bool waits = false;
};

Json Answering(int status, const std::string& body = R"({"error":"ApiError","message":"no"})",
               const std::string& retry_after = "") {
  Json rule = {{"status", status}, {"body", body}};
  if (!retry_after.empty()) rule["headers"] = {{"Retry-After", retry_after}};
  return rule;
}

const std::vector<Fault>& Faults() {
  static const std::vector<Fault> faults = {
      // Those that take their time, to be met at the same time.
      {"hangs before the headers", {{"hang", true}}, {.what = Meeting::kLost}, kEither, false, true},
      {"hangs within the body",
       {{"delay_middle_ms", 60000}},
       {.what = Meeting::kUnusable},
       kAlways,
       false,
       true},
      {"503 for a second", Answering(503, "", "1"), {.status = 503}, kNever},
      {"429 for a second", Answering(429, "", "1"), {.status = 429}, kNever, true},
      {"429 of unknown length", Answering(429, ""), {.status = 429}, kNever, true},
      {"closed before an answer", {{"close", "before"}}, {.what = Meeting::kLost}},
      {"reset before an answer", {{"reset", true}}, {.what = Meeting::kLost}},
      {"reset after the headers", {{"close", "headers"}}, {.what = Meeting::kUnusable}},
      {"truncated body", {{"close", "middle"}}, {.what = Meeting::kUnusable}},
      {"garbage", Answering(200, "<html>"), {.what = Meeting::kUnusable, .status = 200}},
      {"408", Answering(408), {.status = 408}},
      {"500", Answering(500), {.status = 500}},
      {"502", Answering(502, "<html>"), {.status = 502}},
      {"503", Answering(503), {.status = 503}},
      {"503 for long", Answering(503, "", "60"), {.status = 503, .long_wait = true}},
      {"504", Answering(504), {.status = 504}},
      {"429 now", Answering(429, "", "0"), {.status = 429}, kNever},
      {"429 for long", Answering(429, "", "60"), {.status = 429, .long_wait = true}, kNever, true},
      {"429 with a code",
       Answering(429, R"({"error":"ApiError","code":"outbound_limit_reached","status":429})", "1"),
       {.status = 429, .coded = true},
       kNever},
  };
  return faults;
}

struct Variant {
  const Fault* fault;
  bool executes;
};

std::vector<Variant> Variants() {
  std::vector<Variant> variants;
  for (const Fault& fault : Faults()) {
    if (fault.executed != kAlways) variants.push_back({&fault, false});
    if (fault.executed != kNever) variants.push_back({&fault, true});
  }
  return variants;
}

// A sandbox of its own for each of the faults that are met at the same time, perhaps with
// nghttpx in front.
struct Lane {
  Lane(const TlsFiles& files, bool http2)
      : front(http2 ? std::make_unique<Http2Front>(files, sandbox.address()) : nullptr) {}

  Place At(const std::string& name) const {
    if (front == nullptr) return {name, "http", sandbox.address(), sandbox};
    return {name, "https", front->address(), sandbox};
  }

  SandboxServer sandbox;
  const std::unique_ptr<Http2Front> front;
};

struct Transport {
  std::string name;
  bool http2;
};

std::ostream& operator<<(std::ostream& out, const Transport& transport) { return out << transport.name; }

class FaultMatrixTest : public testing::TestWithParam<Transport> {
 protected:
  static constexpr size_t kLanes = 6;

  FaultMatrixTest() {
    std::vector<Place> places;
    for (size_t i = 0; i < kLanes; ++i) places.push_back(lanes_.emplace_back(files_, http2()).At(NameOf(i)));
    for (const absl::Duration patience : {kAmple, kShort}) {
      worlds_.push_back(std::make_unique<FaultWorld>(places, http2() ? files_.authority : "", patience));
    }
  }

  static std::string NameOf(size_t lane) { return "lane-" + std::to_string(lane); }
  bool http2() const { return GetParam().http2; }

  // Makes the requests of all cells fail; each `times` times.
  static void Break(const std::vector<Cell>& cells, const Variant& variant, int times) {
    Json rule = variant.fault->rule;
    rule["execute"] = variant.executes;
    std::map<std::pair<std::string, std::string>, int> requests;
    for (const Cell& cell : cells) requests[{cell.verb, cell.prefix}] += times;
    for (const auto& [match, count] : requests) {
      cells[0].sandbox->Break(rule, count, {{"verb", match.first}, {"target_prefix", match.second}});
    }
  }

  // What the gateway meets when the sandbox does so to this kind of call.
  Meeting Met(const Variant& variant, const CallKind& kind) const {
    Meeting meeting = variant.fault->meeting;
    meeting.executes = variant.executes && !kind.read;
    // The sandbox's answer to what it did not do is a 200.
    if (meeting.what == Meeting::kUnusable && !variant.executes) meeting.status = 200;
    // A proxy has an answer of its own when it gets none.
    const bool hangs = variant.fault->rule.contains("hang");
    if (http2() && meeting.what == Meeting::kLost && !hangs) {
      meeting = {.status = 502, .executes = meeting.executes};
    }
    return meeting;
  }

  // The ways in which a call of this kind may go.
  std::vector<Foreseen> Ways(const Variant& variant, const CallKind& kind, int times) const {
    const Meeting met = Met(variant, kind);
    const Meeting well = {.status = AgainStatus(kind, met.executes)};
    const auto then = [&](std::vector<Meeting> meetings) {
      if (times == 1) meetings.push_back(well);
      return Foresee(kind, meetings);
    };
    std::vector<Foreseen> ways = {then({met})};
    // libcurl by itself repeats a read on a connection that it reused, up to five times.
    if (kind.read && !http2() && met.what == Meeting::kLost) {
      ways[0].more_requests = times == 1 ? 0 : 5 * ways[0].attempts;
      if (times == 1) ways.push_back({.attempts = 1, .requests = 2, .status = kind.status});
    }
    // By HTTP/2 the beginning of an answer may be overtaken by the reset of its stream.
    if (http2() && met.what == Meeting::kUnusable && variant.fault->rule.contains("close")) {
      const Meeting lost = {.what = Meeting::kLost, .executes = met.executes};
      if (times == 1) {
        ways.push_back(Foresee(kind, {lost, well}));
      } else {
        Meeting again = met;
        if (met.executes) again.status = AgainStatus(kind, true);
        ways.push_back(Foresee(kind, {lost, again}));
        ways.push_back(Foresee(kind, {lost, lost, again}));
        ways.push_back(Foresee(kind, {lost}));
      }
    }
    return ways;
  }

  // Meets these at the same time.
  void CheckAll(const std::vector<Variant>& variants, int times) {
    FaultWorld& world = *worlds_[variants[0].fault->waits ? 1 : 0];
    std::vector<Cell> cells;
    for (size_t i = 0; i < variants.size(); ++i) {
      lanes_[i].sandbox.Reset();
      const std::vector<Cell> more = world.NewCells(NameOf(i));
      Break(more, variants[i], times);
      cells.insert(cells.end(), more.begin(), more.end());
    }
    const std::vector<Result> results = world.CallAll(cells);
    for (size_t i = 0; i < variants.size(); ++i) {
      const Variant& variant = variants[i];
      SCOPED_TRACE(testing::Message() << variant.fault->name << (variant.executes ? ", executed" : "")
                                      << (times == 1 ? ", once" : ""));
      const Seen seen(lanes_[i].sandbox);
      lanes_[i].sandbox.Mend();
      for (size_t j = 0; j < cells.size(); ++j) {
        const Cell& cell = cells[j];
        if (cell.sandbox != &lanes_[i].sandbox) continue;
        const std::vector<Foreseen> ways = Ways(variant, cell.kind, times);
        const Foreseen& way = Which(ways, results[j]);
        CheckCell(cell, way, results[j], seen);
        if (!variant.fault->closes) world.CheckRepeat(cell, results[j], way);
      }
    }
  }

  void CheckAll(int times) {
    std::vector<Variant> batch;
    for (const Variant& variant : Variants()) {
      const bool fits =
          batch.size() < kLanes && (batch.empty() || variant.fault->waits == batch.back().fault->waits);
      if (!fits) CheckAll(std::exchange(batch, {}), times);
      batch.push_back(variant);
    }
    if (!batch.empty()) CheckAll(batch, times);
  }

  TempDir folder_;
  const TlsFiles files_ = MakeTlsFiles(folder_, "front");
  std::deque<Lane> lanes_;
  // One that waits long, and one that does not.
  std::vector<std::unique_ptr<FaultWorld>> worlds_;
};

TEST_P(FaultMatrixTest, FaultsThatStay) { CheckAll(kForGood); }

TEST_P(FaultMatrixTest, FaultsThatGo) { CheckAll(1); }

INSTANTIATE_TEST_SUITE_P(Transports, FaultMatrixTest,
                         testing::Values(Transport{"Http1", false}, Transport{"Http2", true}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace blooio::integration
