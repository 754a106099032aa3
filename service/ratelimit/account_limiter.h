// One account: its bucket, the calls that wait for it and the times that refused
// ones were told. Contended means that somebody waits: then nobody overtakes.
//
//   Verdict verdict = account.Ask(call, ahead, now);      // spends nothing
//   account.Start(call, now); / account.Wait(waiting);    // what it said
//   account.Advance(now, &started, &refused);             // whose turn has come
//
// Promised times are spread over callers by weight, so that nobody can book the
// future: those who are there are promised three quarters of the rate between them,
// an eighth more is for those who come later, and the last eighth is never promised
// but goes to those who wait in turn. (Of a bucket with a burst of 1 half as much is
// promised, since it cannot save up for both.)
//
// Nobody starves. By FairQueue's bound the first waiting call of a caller, one of N
// with weight w of W and cost c, has its token within
//   (N x greatest cost + c x W / w) / (an eighth of the rate x (1 - reserve))
// whoever else arrives and whatever was promised before; retries, which whoever
// sends them bounds, come on top. If its deadline or max_wait ends earlier, it is
// refused with a promise, and has its token at that time.
//
// Not thread-safe; `now` never steps back (Catch).
#pragma once

#include <optional>
#include <vector>

#include "service/ratelimit/fair_queue.h"
#include "service/ratelimit/feedback.h"
#include "service/ratelimit/meter.h"
#include "service/ratelimit/supply.h"

namespace blooio::gateway {

struct AccountLimits {
  Limit limit = {};
  // Calls under way at once; 0: any number.
  int64_t most_in_flight = 0;
  // How long, and how many, calls may wait.
  int64_t max_wait = 250 * kMillisecond;
  size_t most_waiting = 10'000;
  // Of the rate, thousandths (below kWhole) for interactive callers.
  int reserve = 0;
};

class AccountLimiter {
 public:
  // Other limits, and shares of callers by their place, who never become fewer. What
  // was spent, waits, is under way and what Blooio taught stays; so do promises that
  // can be kept, the others are let go.
  void Configure(const AccountLimits& limits, const std::vector<Share>& callers, const Terms& terms,
                 Instant now);
  // Leased tokens start with none, the others go on from what is there.
  void Use(const Terms& terms, Instant now);

  // `now`, or what it was called with last if that is later; what has changed until
  // then has happened.
  Instant Catch(Instant now);

  // What becomes of a call; `ahead`: it is under way, or comes back on a promise.
  struct Verdict {
    Outcome outcome = Outcome::kStart;
    Shortage shortage = Shortage::kNone;
    Instant forecast = 0;
    // Until when it may wait.
    Instant latest = kNever;
    bool would_refuse = false;
  };
  Verdict Ask(const Call& call, bool ahead, Instant now) const;
  // What it lacks.
  Shortage ShortOf(const Call& call, Instant now) const {
    if (!HasRoom(call)) return Shortage::kInFlight;
    return Closed(now) ? Shortage::kClosed : Shortage::kRate;
  }
  // Tokens may be had for it that nobody has asked for yet, and the queue is not where it
  // could wait for them.
  bool IsToBeHeld(const Call& call, const Verdict& verdict, Instant now) const;
  void Start(const Call& call, Instant now);
  // May push somebody else's call out.
  void Wait(const Waiting& waiting);
  std::optional<Waiting> Cancel(uint64_t ticket) { return queue_.Cancel(ticket); }
  // Whether that makes room for somebody who waits.
  bool Finish();

  // Starts whose turn has come and takes out who may not wait any longer.
  void Advance(Instant now, std::vector<Waiting>* started, std::vector<Waiting>* refused);
  // When that has something to do next, if nothing else happens; kNever if nobody
  // waits.
  Instant NextTurn(Instant now) const;

  // Whether the caller may be promised a time, and the first that is its due.
  bool MayPromise(uint32_t caller) const;
  Instant FirstPromise(const Call& call, Instant now) const;
  void Promised(const Promise& promise);
  std::optional<Promise> Claim(uint64_t who, Instant now);

  void Throttled(Instant now, Instant started, int64_t retry_after);

  // Tokens from the shared bucket. What to ask for now, less than 0: to give back;
  // asked once, until the answer comes or none will.
  int64_t TakeWish(Instant now);
  Instant NextWish(Instant now) const;
  // A call that is held for other tokens will want some of these.
  void Lack(const Call& call, Instant now);
  // `share`: thousandths of the rate that all gateways have together.
  void Grant(int64_t tokens, Instant next_free, int share, int luck, Instant now);
  void ForgetWish() { lease_.Forget(); }
  bool leased() const { return terms_.leased(); }

  const AccountLimits& limits() const { return limits_; }
  bool enforced() const { return limits_.limit.exists() && !limits_.limit.shadow; }
  Meter meter() const;
  const FairQueue& queue() const { return queue_; }
  size_t promised() const { return promises_.size(); }
  // When a call that joined now would start.
  Instant NextFree(const Call& call, Instant now) const;
  // The limit's numbers, for a call that lacks something until `forecast`.
  Refusal Describe(Shortage shortage, Instant forecast, Instant now) const;
  // As many calls are under way as may be.
  bool full() const { return limits_.most_in_flight > 0 && in_flight_ >= limits_.most_in_flight; }

 private:
  bool HasRoom(const Call& call) const { return call.again || !full(); }
  bool Payable(const Call& call, Instant now) const {
    return !limits_.limit.exists() || meter().Allows(call.cost, now);
  }
  // After a 429, whether there is a limit or not.
  bool Closed(Instant now) const { return feedback_.closed_until() > now; }
  // A rate in shadow holds nobody back; a cap, and Blooio's own word, have no shadow.
  bool MayStart(const Call& call, Instant now) const {
    return HasRoom(call) && (enforced() ? Payable(call, now) : !Closed(now));
  }
  void Charge(const Call& call, Instant now);
  void Released(const Promise& promise);
  // Promises at another pace, if they can be kept.
  void RefitPromises(const Pace& before, Instant now);
  Lease::Bucketful Bucketful(Instant now) const;
  // The gains that hold from now on.
  void SetPaces();

  AccountLimits limits_;
  Bucket bucket_;
  Pace pace_, expected_, promised_;
  Promises promises_;
  // By caller: how many promises, and when the last of them is due.
  std::vector<uint32_t> promises_of_;
  std::vector<Instant> last_promise_of_;
  int64_t promised_weight_ = 0;
  FairQueue queue_;
  std::vector<Waiting> displaced_;
  Feedback feedback_;
  Terms terms_;
  Lease lease_;
  int shared_share_ = kWhole;
  int64_t in_flight_ = 0;
  Instant now_ = std::numeric_limits<Instant>::min();
};

}  // namespace blooio::gateway
