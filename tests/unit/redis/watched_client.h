// A WatchedRedis as a test uses it.
#pragma once

#include <string>
#include <utility>

#include "service/redis/watched_redis.h"
#include "tests/unit/redis/redis_client.h"

namespace blooio::gateway {

class WatchedClient {
 public:
  // A change, with texts of its own.
  struct Told {
    bool available;
    std::string word;
    std::string why;
  };

  WatchedClient(RedisOptions options, ScriptCall probe)
      : redis_(std::move(options), std::move(probe), randomness_, [this](const WatchedRedis::Change& change) {
          changes_.Add({change.available, std::string(change.word), std::string(change.why)});
        }) {}

  // What it says at first.
  bool Available() { return changes_.Await(1)[0].available; }
  Heard<Told>& changes() { return changes_; }

  template <class Work>
  void Do(Work work) {
    redis_.Do(std::move(work));
  }
  void End() { redis_.End(); }

 private:
  FixedRandomness randomness_;
  Heard<Told> changes_;
  OnLoop<WatchedRedis> redis_;
};

}  // namespace blooio::gateway
