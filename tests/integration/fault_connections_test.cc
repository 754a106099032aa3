// The fault matrix: what happens on the way to the upstream, before it has a whole request.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/integration/fault_world.h"
#include "tests/integration/harness/frame_server.h"
#include "tests/integration/harness/gate.h"

namespace blooio::integration {
namespace {

using Way = Gate::Way;

// More than the buffers between gateway and upstream hold.
constexpr size_t kLargeText = 800000;
constexpr size_t kSomeOfIt = 100000;
// More than a request has.
constexpr size_t kNeverEnds = 1 << 30;

struct Fault {
  std::string name;
  std::string scheme;
  // Where the gateway connects to a gate, what that does, having read so much.
  Way way = Way::kPass;
  size_t read = 1;
  Meeting meeting = {};
  size_t text = 0;
};

// Whether the request's last bytes were taken in does not matter: its first ones were.
constexpr Meeting kLost = {.what = Meeting::kLost, .arrives = false};
constexpr Meeting kNotSent = {.what = Meeting::kNotSent, .arrives = false};

// Nobody answers, until the gateway has waited long enough.
const std::vector<Fault>& Silences() {
  static const std::vector<Fault> faults = {
      {"connect-timeout", "http", Way::kSilent, 0, kNotSent},
      {"connect-timeout-tls", "https", Way::kSilent, 0, kNotSent},
      {"handshake-never-ends", "https", Way::kReset, kNeverEnds, kNotSent},
  };
  return faults;
}

const std::vector<Fault>& Breaks() {
  static const std::vector<Fault> faults = {
      {"refused", "http", Way::kRefuse, 0, kNotSent},
      {"refused-tls", "https", Way::kRefuse, 0, kNotSent},
      {"handshake-closed", "https", Way::kHangUp, 1, kNotSent},
      {"handshake-reset", "https", Way::kReset, 1, kNotSent},
      {"reset-before-the-body", "http", Way::kReset, 1, kLost},
      {"closed-before-the-body", "http", Way::kHangUp, 1, kLost},
      {"reset-within-the-body", "http", Way::kReset, kSomeOfIt, kLost, kLargeText},
      {"closed-within-the-body", "http", Way::kHangUp, kSomeOfIt, kLost, kLargeText},
  };
  return faults;
}

class FaultConnectionsTest : public testing::Test {
 protected:
  static void CheckAll(FaultWorld& world, const std::string& place, const Meeting& meeting) {
    const std::vector<Cell> cells = world.NewCells(place);
    const std::vector<Result> results = world.CallAll(cells);
    for (size_t i = 0; i < cells.size(); ++i) {
      SCOPED_TRACE(cells[i].kind.name);
      CheckAnswer(cells[i], Foresee(cells[i].kind, {meeting}), results[i]);
    }
  }

  // Some faults at once, since calls wait most of the time.
  void CheckAll(const std::vector<Fault>& faults, absl::Duration patience) {
    constexpr size_t kAtOnce = 4;
    std::vector<std::unique_ptr<Gate>> gates;
    std::vector<Place> places;
    for (const Fault& fault : faults) {
      gates.push_back(std::make_unique<Gate>(sandbox_.address(), fault.way, fault.read));
      places.push_back({fault.name, fault.scheme, gates.back()->address(), sandbox_, 10});
    }
    FaultWorld world(places, "", patience);
    std::vector<Cell> cells;
    std::vector<Result> results;
    for (size_t i = 0; i < faults.size(); ++i) {
      if (i % kAtOnce == 0) {
        cells.clear();
        for (size_t j = i; j < std::min(i + kAtOnce, faults.size()); ++j) AddCells(world, faults[j], cells);
        results = world.CallAll(cells);
      }
      CheckAll(faults[i], cells, results, *gates[i]);
    }
    EXPECT_TRUE(sandbox_.Requests().empty());
  }

  static void AddCells(FaultWorld& world, const Fault& fault, std::vector<Cell>& cells) {
    for (const Cell& cell : world.NewCells(fault.name, fault.text)) {
      // Nothing else has a text so large.
      if (fault.text == 0 || cell.kind.travels) cells.push_back(cell);
    }
  }

  // Those of `cells` that are the fault's.
  static void CheckAll(const Fault& fault, const std::vector<Cell>& cells, const std::vector<Result>& results,
                       const Gate& gate) {
    SCOPED_TRACE(fault.name);
    int attempts = 0;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i].account.starts_with(fault.name + ".")) continue;
      SCOPED_TRACE(cells[i].kind.name);
      const Foreseen foreseen = Foresee(cells[i].kind, {fault.meeting});
      CheckAnswer(cells[i], foreseen, results[i]);
      attempts += foreseen.attempts;
    }
    const bool taken_in = fault.way == Way::kHangUp || fault.way == Way::kReset;
    EXPECT_LE(gate.connections(), taken_in ? attempts : 0);
    // Several may have waited for the same handshake.
    if (fault.scheme == "http") {
      EXPECT_GE(gate.connections(), taken_in ? attempts : 0);
    }
  }

  TempDir folder_;
  SandboxServer sandbox_;
};

TEST_F(FaultConnectionsTest, NobodyAnswers) { CheckAll(Silences(), kShort); }

TEST_F(FaultConnectionsTest, TheConnectionEnds) { CheckAll(Breaks(), kAmple); }

// Names below .invalid never resolve (RFC 6761, 6.4).
TEST_F(FaultConnectionsTest, NoSuchName) {
  FaultWorld world({{"nowhere", "https", "nothing.invalid", sandbox_, 10}});
  CheckAll(world, "nowhere", kNotSent);
}

TEST_F(FaultConnectionsTest, CertificatesThatAreNotTrusted) {
  const TlsFiles trusted = MakeTlsFiles(folder_, "trusted");
  FrameServer other(MakeTlsFiles(folder_, "other"), sandbox_.address());
  FaultWorld world({{"untrusted", "https", other.address(), sandbox_, 10}}, trusted.authority);
  CheckAll(world, "untrusted", {.what = Meeting::kUntrusted, .arrives = false});
  EXPECT_EQ(other.streams(), 0);
}

}  // namespace
}  // namespace blooio::integration
