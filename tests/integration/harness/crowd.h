// Callers with many calls under way at once, over one or more gateways, from one
// thread; and what came of each call. Whoever is answered calls again.
//
//   Crowd crowd({gateway.address()}, {{.token = a, .at_once = 8}, {.token = b}});
//   crowd.RunFor(absl::Seconds(3));
//   const std::vector<CrowdCall> calls = crowd.End();
//   EXPECT_GE(Count(calls, "OK"), 300) << Summary(calls);
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tests/integration/harness/caller_token.h"

namespace blooio::integration {

// One caller of a crowd.
struct CrowdMember {
  // None: anonymous.
  std::optional<CallerToken> token = std::nullopt;
  // Calls that it has under way on each of its gateways.
  int at_once = 1;
  // By place; empty: all.
  std::vector<size_t> gateways = {};
  // How many calls each of `at_once` makes; 0: until the end.
  int calls = 0;
  // A refused call is repeated so much later; nothing: exactly when it was told, to
  // the millisecond, and not at all if it was told never.
  std::optional<absl::Duration> pause = absl::Milliseconds(1);
  absl::Duration deadline = absl::Seconds(30);
  // Null: v4 ListGroups.
  std::shared_ptr<const google::protobuf::Message> request = nullptr;
  // Makes the request of each call, in place of `request`; one at a time.
  std::function<std::shared_ptr<const google::protobuf::Message>()> next = nullptr;
};

// A call that has ended.
struct CrowdCall {
  size_t member = 0;
  size_t gateway = 0;
  // "OK", the reason of the refusal, or the name of a code that came without one.
  std::string what;
  // How often in a row it was refused before.
  int refusals = 0;
  absl::Time began;
  absl::Time ended;
  // How much later it began than when it was to be repeated.
  absl::Duration late;
  // What it was told to wait; nothing: it was told never, or nothing at all.
  std::optional<absl::Duration> told;
};

class Crowd {
 public:
  // Calls at once. `gateways`: their addresses. Each member has connections of its own,
  // unless there is a service config: they share a channel then, which has it.
  Crowd(const std::vector<std::string>& gateways, std::vector<CrowdMember> members,
        const std::string& service_config = "");
  ~Crowd();

  // Until so many more calls have ended, or all; false when they do not in two minutes.
  bool Await(int64_t more);
  bool AwaitAll();
  // Lets it call for a while.
  void RunFor(absl::Duration time);
  // Lets the calls under way end. All that have ended, in that order.
  std::vector<CrowdCall> End();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

int64_t Count(const std::vector<CrowdCall>& calls, const std::string& what);
int64_t CountIf(const std::vector<CrowdCall>& calls, const std::function<bool(const CrowdCall&)>& which);
// Without the time in which the machine stood still: no call ended for a tenth of a second, though
// the crowd has calls that end more often than that.
absl::Duration Awake(const std::vector<CrowdCall>& calls, absl::Time from, absl::Time until);
// How many ended in which way, for a person.
std::string Summary(const std::vector<CrowdCall>& calls);

}  // namespace blooio::integration
