#include "service/redis/shared_buckets.h"

#include "service/base/text.h"
#include "service/redis/lease_script.h"

namespace blooio::gateway {

void SharedBuckets::Ask(const std::vector<LeaseRequest>& requests, Done done) {
  if (requests.size() > kMostRequests) {
    return done(absl::InvalidArgumentError(Cat("a round is of at most ", kMostRequests, " requests")));
  }
  redis_.Run(LeaseCall(prefix_, requests),
             [done = std::move(done)](const absl::StatusOr<RedisReply>& reply) mutable {
               if (!reply.ok()) return done(reply.status());
               done(LeaseAnswers(*reply));
             });
}

ScriptCall SharedBuckets::Probe(const std::string& prefix) {
  constexpr int64_t kSecond = 1'000'000'000;
  const LeaseRequest request = {
      .key = "probe", .tokens_per_period = 1, .period_ns = kSecond, .burst = 1, .tokens = 1};
  return LeaseCall(prefix, {&request, 1});
}

}  // namespace blooio::gateway
