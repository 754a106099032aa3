// Keeps the limits of several gateways one: asks Redis for the tokens that the rate
// limiter wishes for, and has it go on with its share of every rate while Redis is of no
// use.
//
//   SharedLimits shared(loop, limiter, turnstile, clock, randomness, options, observer);
//   shared.Use(names, limits);   // with each configuration
//
// A round asks for all that is wished for at once; there is one at a time, and every
// gateway's next one comes when something is short or runs out. Calls that are held for
// tokens are decided when their round is answered: within the time that Redis has, since
// a late answer is none.
//
// Thread-safe. Ends after the last call and before loop and turnstile do.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/base/alarm.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/ratelimit/lessor.h"
#include "service/ratelimit/rate_limiter.h"
#include "service/ratelimit/turnstile.h"
#include "service/redis/shared_buckets.h"
#include "service/redis/watched_redis.h"
#include "service/server/limit_builder.h"

namespace blooio::gateway {

class SharedLimits final : public Lessor {
 public:
  struct Options {
    RedisOptions redis;
    // Of all keys in Redis.
    std::string prefix;
    // Of every rate, while Redis is away.
    double fallback_share = 1;
  };
  // All outlive it. `observer`: told of every change, on the loop.
  SharedLimits(EventLoop& loop, RateLimiter& limiter, Turnstile& turnstile, const Clock& clock,
               Randomness& randomness, Options options, WatchedRedis::Observer observer);
  SharedLimits(const SharedLimits&) = delete;
  SharedLimits& operator=(const SharedLimits&) = delete;
  // Not to be called on the loop.
  ~SharedLimits();

  // What the limits of the limiter's places are called from now on.
  void Use(const LimitNames& names, const RateLimits& limits);

  void Wanted() override;
  void Throttled(uint32_t account, Instant began, absl::Duration retry_after) override;

 private:
  struct Throttle {
    Instant began = 0;
    Instant open = 0;
  };
  using Throttles = std::map<uint32_t, Throttle>;  // By account.

  // All on the loop.
  void Changed(const WatchedRedis::Change& change);
  void UseSupply(Supply supply);
  void Ask();
  void Remember(uint32_t account, const Throttle& throttle);
  Throttles TakeThrottles(Instant now);
  void AskFor(Throttles throttles, std::vector<LeaseWish> wishes, Instant now);
  void TakeGrants(const std::vector<LeaseWish>& wishes, std::span<const LeaseAnswer> answers);
  void EndQuestion();
  void WatchWishes();
  void WatchHeld();
  LeaseRequest RequestFor(const LeaseKey& key, const Limit& limit, int64_t tokens) const;

  EventLoop& loop_;
  RateLimiter& limiter_;
  Turnstile& turnstile_;
  const Clock& clock_;
  const int fallback_share_;
  const WatchedRedis::Observer observer_;
  // Ask is posted, and has not begun.
  std::atomic<bool> posted_ = false;

  // The loop's alone.
  LimitNames names_;
  RateLimits limits_;
  Throttles throttles_;  // Not told yet.
  // Those of a round that are not answered, and whether one has failed.
  size_t questions_ = 0;
  bool failed_ = false;
  struct Redis;
  std::unique_ptr<Redis> redis_;
};

}  // namespace blooio::gateway
