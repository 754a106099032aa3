// A gateway as far as its shared ledger goes.
#pragma once

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "service/server/shared_ledger.h"
#include "tests/unit/ledger/test_ledger.h"
#include "tests/unit/redis/redis_client.h"

namespace blooio::gateway {

inline constexpr Claim kOnce = {.lasts = absl::Seconds(60)};
inline constexpr Claim kAgain = {.lasts = absl::Seconds(60), .resumable = true};
inline constexpr Claim kKnown = {.lasts = absl::Seconds(60), .known_only = true};

// A gateway with a ledger.
class Member {
 public:
  // Patient but where lateness is tested: the machine may be busy.
  explicit Member(const RedisAddress& address, absl::Duration patience = absl::Seconds(30))
      : Member(OptionsOf(address, patience)) {}
  explicit Member(SharedLedger::Options options)
      : ledger_(std::in_place, loop_, SystemRandomness(), std::move(options),
                [this](const WatchedRedis::Change& change) { changes_.Add(change.available); }) {}
  static SharedLedger::Options OptionsOf(const RedisAddress& address,
                                         absl::Duration patience = absl::Seconds(30)) {
    SharedLedger::Options options;
    options.redis = PatientOptions(address);
    options.redis.answer_within = patience;
    options.prefix = "test:";
    return options;
  }

  // Waits until Redis is of use, or not, after so many changes; returns how many there were.
  size_t Await(bool available, size_t after = 0) {
    return changes_.AwaitOne([=](bool change) { return change == available; }, after) + 1;
  }
  Found Begin(int id, const Claim& claim = kOnce, int payload = 0) {
    std::promise<Found> found;
    ledger_->Begin(OperationOf(id, payload), claim, [&found](Found f) { found.set_value(std::move(f)); });
    return found.get_future().get();
  }
  Found Look(int id) {
    std::promise<Found> found;
    ledger_->Look(OperationOf(id).id, [&found](Found f) { found.set_value(std::move(f)); });
    return found.get_future().get();
  }
  void Settle(int id, uint64_t claim, Settlement::Kind kind, const std::string& reply = "") {
    ledger_->Settle(OperationOf(id), claim, {kind, reply});
  }
  SharedLedger& ledger() { return *ledger_; }
  void End() { ledger_.reset(); }

 private:
  Heard<bool> changes_;
  EventLoop loop_;
  std::optional<SharedLedger> ledger_;
};

// What is there is looked at until it is so, or for long.
inline bool Becomes(const std::function<bool()>& so) {
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while (!so()) {
    if (absl::Now() > patience) return false;
  }
  return true;
}

}  // namespace blooio::gateway
