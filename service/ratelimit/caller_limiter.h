// What callers may do by themselves: one bucket a caller, one a caller and method,
// and how many calls a caller has under way.
//
// Not thread-safe: holds the callers that one lock guards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "service/ratelimit/leases.h"
#include "service/ratelimit/meter.h"
#include "service/ratelimit/method_buckets.h"

namespace blooio::gateway {

struct CallerLimits {
  Limit limit = {};
  // By method, as many as there are; shared by callers with the same. Null: none.
  std::shared_ptr<const std::vector<Limit>> methods = nullptr;
  // Calls taken and not finished, on all accounts; 0: any number.
  int64_t most_in_flight = 0;
  // Its part of a contended account.
  Share share = {};
};

// The limits that a call has to keep, the caller's first, of those that there are.
struct OwnMeters {
  std::array<Meter, 2> meters;
  size_t count = 0;
  auto begin() const { return meters.begin(); }
  auto end() const { return meters.begin() + count; }
};

class CallerLimiter {
 public:
  // Holds every `shards`-th caller, from the `first` on.
  CallerLimiter(size_t first, size_t shards) : first_(first), shards_(shards) {}

  // Other limits of all callers, who are known by their place and never become fewer.
  // What was spent and is under way stays, and promises that can be kept. A method's
  // bucket that was full is full.
  void Configure(const std::vector<CallerLimits>& callers, const Terms& terms, Instant now);
  // Leased tokens start with none, the others go on from what is there.
  void Use(const Terms& terms, Instant now);

  // Good until the next change.
  OwnMeters MetersOf(const Call& call) const;
  // Why the call is refused, if it is; sets the bits of limits in shadow that would.
  std::optional<Refusal> Ask(const Call& call, Instant now, unsigned* shadowed);
  // Whether a call that is not refused has to be held for leased tokens; notes which.
  bool Lacks(const Call& call, Instant now);
  // Charges a call that may go on.
  void Take(const Call& call, Instant now);
  // It went away or was refused before it started; taken at `since`. A bucket gets back
  // what it cannot have earned meanwhile: without the call it might have been full and lost
  // as much to its brim. So it never holds more than if the call had never come.
  void GiveBack(const Call& call, Instant since, Instant now);

  // A promise made to the call, which its limits are to keep; and one that is over.
  void Promised(const Call& call, Instant due, uint64_t id);
  void Released(const Call& call, uint64_t id);
  // Whether there is room for another one.
  bool MayPromise(const Call& call, Instant now);

  // What to ask shared buckets for, until there are `most` wishes; and the answers.
  void Wishes(Instant now, size_t most, std::vector<LeaseWish>* wishes);
  Instant next_wish() const { return leases_.next(); }
  void Grant(const LeaseKey& key, int64_t tokens, Instant next_free, int luck, Instant now);
  void ForgetWishes();
  bool leased() const { return terms_.leased(); }

  // Calls of a caller that were taken and have not ended, and how many may be.
  int64_t& in_flight(uint32_t caller) { return At(caller).in_flight; }
  int64_t most_in_flight(uint32_t caller) const { return At(caller).limits.most_in_flight; }
  uint64_t& shadowed(uint32_t caller) { return At(caller).shadowed; }
  // Buckets that are kept for methods, and leases.
  size_t size() const { return methods_.size(); }
  size_t leases() const { return leases_.size(); }

 private:
  struct Caller {
    CallerLimits limits;
    Bucket bucket;
    int64_t in_flight = 0;
    uint64_t shadowed = 0;
  };

  Caller& At(uint32_t caller) { return callers_[caller / shards_]; }
  const Caller& At(uint32_t caller) const { return callers_[caller / shards_]; }
  // By caller and method, or the caller's own.
  const Limit& LimitAt(uint64_t key) const;
  Bucket BucketAt(uint64_t key) const;
  Bucket& Keep(uint64_t key);
  const Promises* PromisesOf(uint64_t key) const;
  void Spend(uint64_t key, int64_t cost, Instant now);
  void Sweep(Instant now);
  void KeepPromises(Instant now);
  Lease::Bucketful Bucketful(uint64_t key, Instant now) const;
  void Schedule(uint64_t key, Instant now);

  const size_t first_;
  const size_t shards_;
  Terms terms_;
  std::vector<Caller> callers_;
  MethodBuckets methods_;
  // The same, and those of callers; only those with any.
  absl::flat_hash_map<uint64_t, Promises> promises_;
  Leases leases_;
};

}  // namespace blooio::gateway
