// A Redis, and whether it is of use just now.
//
//   WatchedRedis redis(loop, options, SharedBuckets::Probe(prefix), SystemRandomness(),
//                      [](const WatchedRedis::Change& change) { … });
//
// It is of no use from the first call that fails or is late, or when its connection
// is lost, until a probe, which it sends by itself, was answered in time. Meanwhile calls
// fail at once, so that a Redis in trouble is left alone but for one probe at a time.
//
// On the loop only, from construction to destruction.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "service/base/alarm.h"
#include "service/redis/backoff.h"
#include "service/redis/connection.h"

namespace blooio::gateway {

class WatchedRedis {
 public:
  struct Change {
    bool available = false;
    // What went wrong: "timeout", "connection", "refused", "error" or "nonsense" for
    // metrics, and a sentence for the log. Empty when available.
    std::string_view word = {};
    std::string_view why = {};
  };
  // Told at first, and then whenever it changes; also when it turns out that Redis, away
  // for another reason, does not let us in, which only an operator can mend. Must not end
  // the WatchedRedis.
  using Observer = std::function<void(const Change&)>;

  // `probe` should do what calls do, writing included. `loop` and `randomness` outlive it.
  WatchedRedis(EventLoop& loop, RedisOptions options, ScriptCall probe, Randomness& randomness,
               Observer observer);

  bool available() const { return available_.value_or(false); }

  // As RedisConnection::Run. The observer hears of a failure before `done` does.
  void Run(ScriptCall call, RedisConnection::Done done);

 private:
  void Probe();
  void ProbeLater();
  void Available();
  void Away(const absl::Status& why);

  const ScriptCall probe_;
  const Observer observer_;
  std::optional<bool> available_;  // Nothing until the first outcome.
  std::chrono::steady_clock::time_point available_at_;
  absl::Status why_not_;
  // The word that was told last.
  std::string_view told_;
  bool probing_ = false;  // A probe is out, or will be.
  Backoff backoff_;
  Alarm next_probe_;
  RedisConnection connection_;  // Goes first: ends its calls.
};

}  // namespace blooio::gateway
