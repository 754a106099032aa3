// A gateway in front of upstreams of all sorts, with accounts enough for each cell to have
// its own, and how cells are called and checked.
//
//   FaultWorld world({{"plain", "http", sandbox.address(), sandbox}});
//   const Cell cell = world.NewCell(CallKinds()[0], "plain");
//   sandbox.Break(…);
//   const Result result = world.Call(cell);
//   CheckCell(cell, Foresee(cell.kind, {…}), result, Seen(sandbox));
#pragma once

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/fault_cell.h"
#include "tests/integration/fault_foresight.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/gateway_server.h"

namespace blooio::integration {

// How long the gateway waits for a connection, and for an answer: whatever does not come to
// that has all the time that a busy machine takes.
constexpr absl::Duration kAmple = absl::Seconds(10);
constexpr absl::Duration kShort = absl::Seconds(2);
// The time of a call whose caller sets no deadline: the answer comes however late it is.
constexpr absl::Duration kDefaultDeadline = absl::Seconds(4);

// Where accounts lead to.
struct Place {
  std::string name;
  std::string scheme;
  std::string address;
  // Behind it.
  const SandboxServer& sandbox;
  int accounts = 400;
  // Further members of each account: "max_wait: 0s".
  std::string account = "";
};

class FaultWorld {
 public:
  // `authority`: who signs the certificates of places over TLS.
  explicit FaultWorld(const std::vector<Place>& places, const std::string& authority = "",
                      absl::Duration patience = kAmple);
  ~FaultWorld();

  Cell NewCell(const CallKind& kind, const std::string& place, size_t padding = 0);
  // One of each kind.
  std::vector<Cell> NewCells(const std::string& place, size_t padding = 0);

  Result Call(const Cell& cell, absl::Duration deadline = absl::Seconds(30));
  // Another request on the cell's account, or by another caller.
  enum class Who { kOne, kOther };
  Result Call(const Cell& cell, const google::protobuf::Message& request, google::protobuf::Message* reply,
              Who who = Who::kOne);
  // Goes on meanwhile.
  std::unique_ptr<Caller::Pending> Start(const Cell& cell, absl::Duration deadline = absl::Seconds(30));
  // All of them at once; in their order.
  std::vector<Result> CallAll(const std::vector<Cell>& cells);

  // Whoever is told that nobody knows can ask again, by the caller's key or by the minted
  // one: what comes of that when all is well.
  void CheckRepeat(const Cell& cell, const Result& result, const Foreseen& foreseen);

  GatewayServer& gateway() { return *gateway_; }

 private:
  static CallOptions As(const CallerToken& token, const std::string& account, absl::Duration deadline);
  // The process repeats a fifth of its calls only: pays for those of `result`, by calls
  // that all is well with.
  void Pay(const Result& result);

  // Where nothing ever fails.
  const SandboxServer calm_;
  const CallerToken token_;
  const CallerToken other_;
  std::map<std::string, Place> places_;
  // Of each place, the next account that nobody has had.
  std::map<std::string, int> next_;
  std::unique_ptr<GatewayServer> gateway_;
  std::unique_ptr<Caller> caller_;
  std::list<google::protobuf::Empty> replies_;
  int retries_ = 0;
};

// What holds for a cell: the answer in all its parts, and what the sandbox saw.
void CheckCell(const Cell& cell, const Foreseen& foreseen, const Result& result, const Seen& seen);
// The answer alone.
void CheckAnswer(const Cell& cell, const Foreseen& foreseen, const Result& result);
// Where chance decides how a call goes: the way that it went, or else the first.
const Foreseen& Which(const std::vector<Foreseen>& ways, const Result& result);

}  // namespace blooio::integration
