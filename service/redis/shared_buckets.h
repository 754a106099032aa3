// Token buckets that several gateways share through one Redis. What a gateway may
// spend it leases beforehand, a few tokens at a time; what it does not use it gives back.
//
//   SharedBuckets buckets(redis, "blooio:");
//   buckets.Ask({{.key = "account:main", .tokens_per_period = 50, .period_ns = kSecond,
//                 .burst = 100, .tokens = 10}},
//               [](absl::StatusOr<std::vector<LeaseAnswer>> answers) { … });
//
// A bucket that Redis does not have is full and has its whole rate, and Redis forgets
// one that has become so. Therefore it must not evict keys (maxmemory-policy noeviction).
// Time is Redis's own.
//
// On the loop only.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "service/redis/lease.h"
#include "service/redis/watched_redis.h"

namespace blooio::gateway {

class SharedBuckets {
 public:
  static constexpr size_t kMostRequests = 64;
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<LeaseAnswer>>)>;

  // Keys in Redis are `prefix` + "{limits}:" + key. `redis` outlives the calls.
  SharedBuckets(WatchedRedis& redis, std::string prefix) : redis_(redis), prefix_(std::move(prefix)) {}

  // A round for all of `requests`, at most kMostRequests, in their order: one answer
  // each. Whether a round that failed took tokens is unknown; what it might have is lost.
  // Fails as RedisConnection::Run does.
  void Ask(const std::vector<LeaseRequest>& requests, Done done);

  // Leases a token of a bucket that nobody else uses.
  static ScriptCall Probe(const std::string& prefix);

 private:
  WatchedRedis& redis_;
  const std::string prefix_;
};

}  // namespace blooio::gateway
