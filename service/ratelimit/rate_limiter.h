// Now, later, or not? Decides for each call against its account's limit, its
// caller's and its caller's for the method; all of them are charged, or none.
//
//   Decision decision = limiter.Decide(call, now);
//   kStart    make the attempt; when the call has ended: Finish(call)
//   kWait     its turn comes out of Advance; if it goes away before: Cancel
//   kRefuse   tell the caller why, and when to come back: decision.refusal
//
//   std::vector<Turn> turns = limiter.Advance(account, now);   // at NextTurn, and after
//                                                              // Finish and Cancel
//
// A caller's own limits are charged when a call is taken, whether it starts or
// waits; the account's when it starts. Nothing is given back. Retries of an attempt
// (`Call::again`) charge the account alone. A call that waits starts or is refused
// by its deadline, and within the account's max_wait.
//
// Promises. A refused call is told a time in whole milliseconds, and refused calls
// are told different ones. If `promised`, then the next call of the same caller,
// account and method that comes at that time is taken:
//   - exactly then: it starts at once, whatever anybody else does. Nobody loses by
//     it: before that time the tokens are everybody's as far as they can be earned
//     again until then, and after it without any such condition.
//   - up to Promises::kGrace later: it starts at once, or before all that wait.
// Unless meanwhile the rate falls (Throttled, Configure), an in-flight cap is reached,
// leased tokens stay away, or it costs more than the refused one did. A promise is the
// caller's, not the call's: whichever of its calls for the method comes first takes
// it. Promises reach 10 minutes ahead, and are at most Promises::kMost an account;
// refusals beyond are not `promised`, as are those for in-flight caps, whose end
// nobody knows.
//
// Shadow mode: a limit that would refuse or delay a call says so in
// Decision::shadowed, is not charged, and lets it pass.
//
// Thread-safe; calls name places that some Configure that has returned named. One
// mutex an account, one for every 64th caller; a decision holds one of each, the
// caller's first, for some hundred nanoseconds. No time of its own: `now` is the
// caller's steady clock, in nanoseconds; where threads disagree by a little, the
// latest holds.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "service/ratelimit/account_limiter.h"
#include "service/ratelimit/caller_limiter.h"
#include "service/ratelimit/places.h"

namespace blooio::gateway {

// Accounts, callers and methods are known by their place, which stays theirs: limits
// of those that are gone are empty, and new ones come behind.
struct RateLimits {
  std::vector<AccountLimits> accounts;
  std::vector<CallerLimits> callers;
};

class RateLimiter {
 public:
  // Nobody is told to come back sooner.
  static constexpr int64_t kSoonest = 50 * kMillisecond;
  static constexpr int64_t kHorizon = 600 * kSecond;

  RateLimiter();
  explicit RateLimiter(const RateLimits& limits) : RateLimiter() { Configure(limits, kLongAgo); }

  // Other limits, which hold from now on; call Advance for each account after it.
  // What was spent, waits, is under way and what Blooio taught stays, and promises
  // that the new limits can keep. A bucket keeps its tokens, up to its new burst; a
  // limit that was not there before starts full. Calls that wait keep their time.
  void Configure(const RateLimits& limits, Instant now);

  Decision Decide(const Call& call, Instant now);
  // A call that had started, or whose turn to start had come, has ended. Whether that
  // makes room for one that waits, so that Advance has something to do.
  bool Finish(const Call& call);
  // False if it does not wait any more.
  bool Cancel(uint32_t account, uint64_t ticket);
  // Those whose turn has come, and those that may not wait any longer.
  std::vector<Turn> Advance(uint32_t account, Instant now);
  Instant NextTurn(uint32_t account, Instant now);

  // Blooio answered 429 without a code to an attempt begun at `started`.
  void Throttled(uint32_t account, Instant now, Instant started, int64_t retry_after);

  // Tokens from elsewhere, for limits shared with other gateways: the account earns
  // `by_time` thousandths of its rate itself and can expect `in_all`; the rest comes
  // by Deposit. (1000, 1000) by itself, (0, expected) on leases alone, (share, share)
  // while it is on its own.
  void SetSupply(uint32_t account, Instant now, int by_time, int in_all);
  void Deposit(uint32_t account, Instant now, int64_t tokens);

  // A limit as it stands for such a call; spends nothing.
  LimitState Peek(LimitKind kind, const Call& call, Instant now);
  // Buckets that are kept for callers' methods.
  size_t MethodBuckets();

 private:
  static constexpr size_t kShards = 64;
  static constexpr Instant kLongAgo = std::numeric_limits<Instant>::min();
  struct alignas(64) Account {
    std::mutex mutex;
    AccountLimiter limiter;  // Guarded by mutex.
    uint64_t shadowed = 0;
  };
  struct alignas(64) Shard {
    std::mutex mutex;
    std::unique_ptr<CallerLimiter> callers;  // Guarded by mutex.
  };
  // Both are locked in these.
  Decision DecideLocked(const Call& call, CallerLimiter& callers, Account& account, Instant now);
  Refusal Refuse(const Call& call, Refusal refusal, CallerLimiter& callers, AccountLimiter& account,
                 Instant now);
  Instant Promise(const Call& call, CallerLimiter& callers, AccountLimiter& account, Instant now);

  Shard& ShardOf(uint32_t caller) { return shards_[caller % kShards]; }

  std::mutex configuring_;
  Places<Account> accounts_;
  std::array<Shard, kShards> shards_;
  std::atomic<uint64_t> last_id_ = 0;
};

}  // namespace blooio::gateway
