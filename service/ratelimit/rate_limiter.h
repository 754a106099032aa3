// Now, later, or not? Decides for each call against its account's limit, its
// caller's and its caller's for the method; all of them are charged, or none.
//
//   Decision decision = limiter.Decide(call, now);
//   kStart    make the attempt; when the call has ended: Finish(call)
//   kWait     its turn comes out of Advance; if it goes away before: Cancel
//   kRefuse   tell the caller why, and when to come back: decision.refusal
//   kLease    hold it, and decide again after each round of grants and after Use; when
//             50 ms are over, with Call::leased
//
//   std::vector<Turn> turns = limiter.Advance(account, now);   // at NextTurn, and after
//                                                              // Finish and Cancel
//
// A caller's own limits are charged when a call is taken, whether it starts or
// waits, and get back what it cost if it never starts; the account's when it starts. Retries of an attempt
// (`Call::again`) charge the account alone. A call that waits starts or is refused
// by its deadline, and within the account's max_wait.
//
// Promises. A refused call is told a time in whole milliseconds, and refused calls
// are told different ones. If `promised`, then the next call of the same caller,
// account and method that comes at that time is taken:
//   - exactly then: it starts at once, whatever anybody else does. Nobody loses by
//     it: before that time the tokens are everybody's as far as they can be earned
//     again until then, and after it without any such condition.
//   - up to Promises::kGrace later, as every call is on a wire: it starts at once, or
//     waits before all others; until its deadline, whatever max_wait is.
// Unless meanwhile the rate falls (Throttled, Configure), an in-flight cap is reached,
// limits become shared, or it costs more than the refused one did. A promise is the
// caller's, not the call's: whichever of its calls for the method comes first takes
// it. Promises reach 10 minutes ahead, and are at most Promises::kMost an account;
// refusals beyond are not `promised`, as are those for in-flight caps, whose end
// nobody knows.
//
// Shared limits. With Supply::kLeased the tokens of each bucket lie in one place for all
// gateways, and come in small numbers: Wishes says what to ask for, Grant brings it. A
// call whose account lacks tokens waits for them in the queue. One whose own limits do
// gets kLease, for which nothing is charged, unless the shared bucket is known to be
// empty: then it is refused until that has more. There are no promises meanwhile, and
// those that were made hold nothing back.
//
// Shadow mode: a limit that would refuse or delay a call says so in
// Decision::shadowed, is not charged, and lets it pass.
//
// Thread-safe; calls name places that some Configure that has returned named. One
// mutex an account, one for every 64th caller; a decision holds one of each, the
// caller's first, for some hundred nanoseconds, and some microseconds to find a time
// that can be promised. No time of its own: `now` is the
// caller's steady clock, in nanoseconds; where threads disagree by a little, the
// latest holds.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "service/ratelimit/account_limiter.h"
#include "service/ratelimit/caller_limiter.h"
#include "service/ratelimit/places.h"
#include "service/ratelimit/wish_alarm.h"

namespace blooio::gateway {

// Accounts, callers and methods are known by their place, which stays theirs: limits
// of those that are gone are empty, and new ones come behind.
struct RateLimits {
  std::vector<AccountLimits> accounts;
  std::vector<CallerLimits> callers;
  // That a call may have: what a gateway on its own has of a burst is never less.
  int64_t greatest_cost = 1;
};

class RateLimiter {
 public:
  // Nobody is told to come back sooner.
  static constexpr int64_t kSoonest = 50 * kMillisecond;
  static constexpr int64_t kHorizon = 600 * kSecond;

  // `seed`: by which gateways that want the same tokens take turns; each its own.
  explicit RateLimiter(uint64_t seed = std::random_device()());
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

  // Where tokens come from, from now on: leased ones start with none, and then it is
  // the wishes below that bring them; otherwise buckets go on from what they hold. One
  // that was to get leased tokens and never got any has what is to begin with.
  // `share`: thousandths, for Supply::kAlone. Call Advance for each account after it.
  void Use(Supply supply, int share, Instant now);
  // What to ask the shared buckets for now: of each one once, until its Grant or
  // ForgetWishes.
  std::vector<LeaseWish> Wishes(Instant now, size_t most);
  // When they have something to say next, if nothing else happens; kNever. TakeUrgent
  // says, once, that it has become sooner since; it costs a load.
  Instant NextWish();
  bool TakeUrgent() { return alarm_.TakeSooner(); }
  // The answer to a wish, 0 to one that gave back: so many tokens, when the shared bucket
  // has more (not after `now`: it has), and thousandths of the rate that all gateways
  // have together now. For an account: call Advance after it.
  void Grant(const LeaseKey& key, int64_t tokens, Instant next_free, Instant now, int share = kWhole);
  // No answer will come to the wishes that are out; they may be wished again.
  void ForgetWishes();

  // A limit as it stands for such a call; spends nothing.
  LimitState Peek(LimitKind kind, const Call& call, Instant now);
  // Buckets that are kept for callers' methods.
  size_t MethodBuckets();
  // Callers' buckets, and those of their methods, that have a lease.
  size_t Leases();

 private:
  static constexpr size_t kShards = 64;
  static constexpr Instant kLongAgo = std::numeric_limits<Instant>::min();
  struct alignas(64) Account {
    std::mutex mutex;
    AccountLimiter limiter;  // Guarded by mutex.
    uint64_t shadowed = 0;
    WishAlarm::Slot next_wish = kNever;
  };
  struct alignas(64) Shard {
    std::mutex mutex;
    std::unique_ptr<CallerLimiter> callers;  // Guarded by mutex.
    WishAlarm::Slot next_wish = kNever;
  };
  // Both are locked in these.
  Decision DecideLocked(const Call& call, CallerLimiter& callers, Account& account, Instant now);
  Refusal Refuse(const Call& call, Refusal refusal, CallerLimiter& callers, AccountLimiter& account,
                 Instant now);
  Instant Promise(const Call& call, CallerLimiter& callers, AccountLimiter& account, Instant now);

  // What is said of an account or callers, which are locked, to who asks for tokens.
  void Announce(Account& account, Instant now) {
    alarm_.Set(&account.next_wish, account.limiter.NextWish(now));
  }
  void Announce(Shard& shard) { alarm_.Set(&shard.next_wish, shard.callers->next_wish()); }

  // At random, below kWhole.
  int Luck();

  Shard& ShardOf(uint32_t caller) { return shards_[caller % kShards]; }

  std::mutex configuring_;
  Terms terms_;  // Guarded by configuring_.
  WishAlarm alarm_;
  std::atomic<size_t> first_shard_ = 0;
  Places<Account> accounts_;
  std::array<Shard, kShards> shards_;
  std::atomic<uint64_t> last_id_ = 0;
  std::atomic<uint64_t> seed_;
  std::atomic<bool> was_granted_ = false;
};

}  // namespace blooio::gateway
