// One connection to Redis that keeps itself up, over which Lua scripts run.
//
//   RedisConnection redis(loop, {.address = {.host = "cache.internal"}}, SystemRandomness(), on_state);
//   redis.Run({.script = &script, .keys = {"a"}, .arguments = {"1"}},
//             [](absl::StatusOr<RedisReply> reply) { … });
//
// Every call ends within `answer_within`, whatever the server does: one that is late
// ends the connection, since answers can only be told apart by their order, and with it
// all calls that are out. So does a server that talks nonsense, and one that
// has become read-only. A lost connection is made anew after a Backoff; meanwhile
// calls fail at once. What an error's code says stands in trouble.h.
//
// On the loop only, from construction to destruction.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/alarm.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/base/secret_string.h"
#include "service/redis/address.h"
#include "service/redis/backoff.h"
#include "service/redis/command.h"
#include "service/redis/link.h"
#include "service/redis/script.h"

namespace blooio::gateway {

struct RedisOptions {
  RedisAddress address = {};
  // Empty: Redis's default user.
  std::string user = {};
  // Asked for at each connect, so that a new one takes effect without a restart. Null,
  // or an empty one with no user: none is sent. Must not wait for long.
  std::function<absl::StatusOr<SecretString>()> password = nullptr;
  absl::Duration answer_within = absl::Milliseconds(50);
  // From the look-up of the name to being let in.
  absl::Duration connect_within = absl::Seconds(1);
  Backoff::Delays retry = {};
  size_t most_calls_out = 1000;
};

class RedisConnection {
 public:
  // OK: connected and let in. Else why an attempt has failed, or the connection was
  // lost, in a sentence without secrets. Must not end the connection.
  using OnState = std::function<void(const absl::Status& state)>;
  using Done = absl::AnyInvocable<void(absl::StatusOr<RedisReply>)>;

  // Begins to connect; `loop` and `randomness` outlive it.
  RedisConnection(EventLoop& loop, RedisOptions options, Randomness& randomness, OnState on_state);
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;
  // Calls that are still out end as kCancelled.
  ~RedisConnection();

  bool connected() const { return connected_; }

  // Calls `done` once with what the script returned, or with what went wrong: inside
  // Run when the call cannot even be sent. Whether a call that failed has run is unknown.
  // `done` must not end the connection.
  void Run(ScriptCall call, Done done);

 private:
  struct Out {
    ScriptCall call;
    Done done;
    std::chrono::steady_clock::time_point deadline;
    By by = By::kSha1;
  };

  void Connect();
  void Greet();
  void Greeted(const RedisReply& reply);
  void Received(RedisReply reply);
  void Send(Out out);
  void WatchDeadlines();
  void Lost(const absl::Status& why);

  EventLoop& loop_;
  const RedisOptions options_;
  const std::string where_;
  const OnState on_state_;
  std::shared_ptr<RedisLink> link_;  // Null between two attempts.
  bool connected_ = false;
  std::chrono::steady_clock::time_point connected_at_;
  absl::Status why_not_;
  std::deque<Out> out_;  // In the order of their answers.
  Backoff backoff_;
  Alarm connecting_;  // Bounds an attempt, and waits for the next one.
  Alarm late_;
  bool watching_ = false;  // late_ rings not after the first deadline.
};

}  // namespace blooio::gateway
