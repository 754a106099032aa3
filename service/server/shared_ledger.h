// A ledger that several gateways share through one Redis, and that holds over restarts.
//
//   SharedLedger ledger(loop, SystemRandomness(), {.redis = …, .prefix = "blooio:"}, observer);
//
// While Redis is of no use, Begin and Look answer kAway, and settlements are kept until
// it is back; they are told first of all then, and at the end, if Redis answers. Once calls
// may have gone on without it, nothing that began before it is back counts as known to
// be absent. So that others know of a gateway that is cut off or killed meanwhile, each says in
// Redis that it is there, and every few seconds, unless it keeps something, that it has told
// all; at its end it takes its leave.
//
// What is stored is personal data: see service/redis/ledger_script.h.
//
// Thread-safe. Answers come on the loop. Ends after the last call and before the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "service/base/alarm.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/ledger/ledger.h"
#include "service/redis/ledger_script.h"
#include "service/redis/watched_redis.h"

namespace blooio::gateway {

class SharedLedger final : public Ledger {
 public:
  // An operation whose reply is longer counts as unknown.
  static constexpr size_t kMostReplyBytes = 64 << 10;
  // Settlements that are kept while Redis is away. Beyond, entries that it has become unknown
  // by themselves, and calls that went on without it are forgotten.
  static constexpr size_t kMostUntold = 10'000;
  static constexpr size_t kMostUntoldBytes = 64 << 20;

  struct Options {
    RedisOptions redis = {};
    // Of all keys in Redis.
    std::string prefix = {};
    // Of all gateways together.
    size_t max_entries = 100'000;
    absl::Duration retention = absl::Hours(24);
    // How often it says that it has told all.
    absl::Duration beat = absl::Seconds(5);
  };
  // Both outlive it. `observer`: told of every change, on the loop.
  SharedLedger(EventLoop& loop, Randomness& randomness, Options options, WatchedRedis::Observer observer);
  SharedLedger(const SharedLedger&) = delete;
  SharedLedger& operator=(const SharedLedger&) = delete;
  // Waits for Redis as long as an answer may take. Not to be called on the loop.
  ~SharedLedger() override;

  void Begin(const Operation& operation, const Claim& claim, Answer answer) override;
  void Look(const OperationId& id, Answer answer) override;
  void Settle(const Operation& operation, uint64_t claim, Settlement settlement) override;

 private:
  // All on the loop.
  void Ask(ScriptCall call, uint64_t claim, bool may_go_on, Answer answer);
  void Changed(const WatchedRedis::Change& change);
  bool available() const { return redis_ != nullptr && redis_->available(); }
  void MoveOn();
  void Beat();
  void Tell(ScriptCall call);
  void TellKept();
  void Keep(ScriptCall call);
  void SayWhenTold();

  EventLoop& loop_;
  Randomness& randomness_;
  const LedgerScope scope_;
  const absl::Duration answer_within_;
  const absl::Duration beat_;
  // Of this gateway, among those that share the ledger.
  const std::string name_;
  const WatchedRedis::Observer observer_;

  // The loop's alone.
  std::deque<ScriptCall> untold_;
  size_t untold_bytes_ = 0;
  size_t telling_ = 0;
  // Something may have happened that Redis will not be told of.
  bool gone_on_ = false;
  absl::Notification* told_ = nullptr;
  // Redis's time that the last beat has read; 0: none since Redis was away.
  int64_t read_us_ = 0;
  // Null once it has taken its leave.
  std::unique_ptr<Alarm> next_beat_;
  std::unique_ptr<WatchedRedis> redis_;
};

}  // namespace blooio::gateway
