// The fault matrix: what only HTTP/2 can do to a request, frame by frame.
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <vector>

#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/fault_world.h"
#include "tests/integration/harness/frame_server.h"

namespace blooio::integration {
namespace {

using Act = FrameServer::Act;

constexpr int kForGood = 1000;

// On what connection a call begins.
enum Connection { kFresh, kUsed };

struct Fault {
  std::string name;
  Act act;
  // As its frames say. What that comes to is up to chance where libcurl does not tell it
  // from `or_else`; for the call's first attempt and for later ones.
  Meeting meeting;
  std::vector<Meeting> or_else_first = {};
  std::vector<Meeting> or_else_later = {};
};

constexpr Meeting kNotSent = {.what = Meeting::kNotSent, .arrives = false};
constexpr Meeting kLost = {.what = Meeting::kLost, .arrives = false};
constexpr Meeting kDone = {.what = Meeting::kLost, .executes = true};

// What RFC 9113 says of them: a refused stream, and one beyond a GOAWAY, was not
// processed (8.7, 6.8); any other may have been. Where the gateway cannot prove the
// first, it has to suppose the second.
std::vector<Fault> Faults(Connection connection, int times) {
  std::vector<Fault> faults = {
      {"REFUSED_STREAM", Act::kRefuse, kNotSent, {}, {kLost}},
      {"GOAWAY without the stream", Act::kGoAway, kNotSent, {kLost}, {kLost}},
      {"GOAWAY with the stream, and its answer", Act::kLastCall, {}},
      {"reset before the body", Act::kResetBefore, kLost},
      {"reset within the body", Act::kResetWithin, kLost},
      {"reset after the body", Act::kResetAfter, kLost},
      {"reset in place of the answer", Act::kAskAndReset, kDone},
      // The answer's headers may be overtaken.
      {"reset after the headers",
       Act::kAskAndResetWithin,
       {.what = Meeting::kUnusable, .executes = true},
       {kDone},
       {kDone}},
      {"closed in place of the answer", Act::kAskAndHangUp, kDone},
      {"GOAWAY with the stream, and closed", Act::kAskAndGoAway, kDone},
  };
  // See CallAll; and libcurl may have it refused twice within one attempt.
  if (connection == kUsed || times == kForGood) faults[0].or_else_first = {kLost};
  return faults;
}

// What calls of one kind meet.
struct Lane {
  explicit Lane(const TlsFiles& files) : server(files, sandbox.address()) {}

  SandboxServer sandbox;
  FrameServer server;
};

class FaultFramesTest : public testing::TestWithParam<Connection> {
 protected:
  FaultFramesTest() {
    std::vector<Place> places;
    for (const CallKind& kind : CallKinds()) {
      const Lane& lane = lanes_.emplace_back(files_);
      places.push_back({kind.name, "https", lane.server.address(), lane.sandbox, 20});
    }
    world_ = std::make_unique<FaultWorld>(places, files_.authority);
  }

  // All the ways in which a call may go: any of what each attempt may come to, then `last`
  // if there is one.
  static void AddWays(const CallKind& kind, const Fault& fault, const std::vector<Meeting>& last,
                      std::vector<Meeting> so_far, std::vector<Foreseen>& ways) {
    constexpr size_t kMostAttempts = 3;
    const size_t faulty = last.empty() ? kMostAttempts : 1;
    if (so_far.size() == faulty) {
      so_far.insert(so_far.end(), last.begin(), last.end());
      ways.push_back(Foresee(kind, so_far));
      return;
    }
    std::vector<Meeting> choice = so_far.empty() ? fault.or_else_first : fault.or_else_later;
    choice.insert(choice.begin(), fault.meeting);
    for (Meeting meeting : choice) {
      if (kind.read) meeting.executes = false;
      if (!so_far.empty() && meeting.what == Meeting::kUnusable && meeting.executes) {
        meeting.status = AgainStatus(kind, true);
      }
      std::vector<Meeting> more = so_far;
      more.push_back(meeting);
      AddWays(kind, fault, last, more, ways);
    }
  }

  static std::vector<Foreseen> Ways(const Fault& fault, const CallKind& kind, int times) {
    std::vector<Meeting> last;
    // One answer shows all of the answers that the sandbox gave.
    if (times == 1) last = {{.status = AgainStatus(kind, fault.meeting.executes)}};
    std::vector<Foreseen> ways;
    AddWays(kind, fault, last, {}, ways);
    // libcurl by itself repeats a read whose connection ends, up to five times.
    if (kind.read && (fault.act == Act::kAskAndHangUp || fault.act == Act::kAskAndGoAway)) {
      if (times == 1) ways.push_back(Foresee(kind, {{}}));
      for (Foreseen& way : ways) way.more_requests = times == 1 ? 1 : 5 * way.attempts;
    }
    // libcurl sends a refused stream again by itself, where that is safe.
    if (times == 1 && fault.meeting.what == Meeting::kNotSent) ways.push_back(Foresee(kind, {{}}));
    return ways;
  }

  // Nothing but a connection that carried nothing else proves that a stream was refused.
  std::vector<Result> CallAll(const Fault& fault, const std::vector<Cell>& cells) {
    if (fault.act != Act::kRefuse || GetParam() != kFresh) return world_->CallAll(cells);
    std::vector<Result> results;
    for (const Cell& cell : cells) results.push_back(world_->Call(cell));
    return results;
  }

  // Meets it with calls of all kinds, at the same time if possible.
  void Check(const Fault& fault, int times) {
    SCOPED_TRACE(testing::Message() << fault.name << (times == 1 ? ", once" : ""));
    std::vector<Cell> cells;
    for (size_t i = 0; i < lanes_.size(); ++i) {
      lanes_[i].sandbox.Reset();
      const Cell& cell = cells.emplace_back(world_->NewCell(CallKinds()[i], CallKinds()[i].name));
      lanes_[i].server.HangUp();
      if (GetParam() == kUsed) {
        google::protobuf::Empty reply;
        ASSERT_EQ(world_->Call(cell, v4::ListGroupsRequest(), &reply).code, google::rpc::OK);
      }
      lanes_[i].server.Meet(fault.act, times);
    }
    const std::vector<Result> results = CallAll(fault, cells);
    for (size_t i = 0; i < lanes_.size(); ++i) {
      lanes_[i].server.Meet(Act::kPass, 0);
      const std::vector<Foreseen> ways = Ways(fault, CallKinds()[i], times);
      const Foreseen& way = Which(ways, results[i]);
      CheckCell(cells[i], way, results[i], Seen(cells[i]));
      world_->CheckRepeat(cells[i], results[i], way);
    }
  }

  TempDir folder_;
  const TlsFiles files_ = MakeTlsFiles(folder_, "frames");
  std::deque<Lane> lanes_;
  std::unique_ptr<FaultWorld> world_;
};

TEST_P(FaultFramesTest, FaultsThatStay) {
  for (const Fault& fault : Faults(GetParam(), kForGood)) Check(fault, kForGood);
}

TEST_P(FaultFramesTest, FaultsThatGo) {
  for (const Fault& fault : Faults(GetParam(), 1)) Check(fault, 1);
}

INSTANTIATE_TEST_SUITE_P(Connections, FaultFramesTest, testing::Values(kFresh, kUsed),
                         [](const auto& info) { return info.param == kFresh ? "Fresh" : "Used"; });

}  // namespace
}  // namespace blooio::integration
