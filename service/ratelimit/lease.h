// The tokens of one shared bucket that this gateway has, and when it asks for more.
//
//   wanted    what calls lack, and what was spent in the last 20 ms as far as the rate
//             earns that in 50 ms: little where little is to be had, so that no gateway
//             sits on what others need. Never more than the bucket has room for.
//   asked     when calls lack something, or less is left than half of that batch; not
//             again before the answer, within 10 ms or half the time that its burst
//             takes to earn (1 ms at least), or before the shared bucket has more.
//   in turns  where there was less than was asked for, all gateways are told the same
//             time at which there is more, and the nearest would always be first. So
//             each waits longer: a random part of a turn, and up to four turns more by
//             how much of the rate it was granted in the last second. A turn is one
//             token's time, within 10 to 50 ms and a twelfth of what fills the bucket.
//   returned  all, when nothing was wanted for a second.
//
// Between two askings a bucket gets no more than its burst: a limit is used to the full
// if its burst is at least what the rate earns in 2 ms and while a message goes to the
// shared bucket and back. Not thread-safe.
#pragma once

#include "service/ratelimit/recent.h"
#include "service/ratelimit/supply.h"

namespace blooio::gateway {

class Lease {
 public:
  static constexpr int64_t kIdle = kSecond;

  // How it stands with the bucket: tokens in it, and those that calls in the queue want.
  struct Bucketful {
    const Limit& limit;
    int64_t held = 0;
    int64_t queued = 0;
  };

  // A call lacked so many tokens, and will be decided again after the next grant.
  void Lacked(int64_t tokens, Instant now) {
    lacked_ += tokens;
    touched_ = now;
  }
  void Spent(int64_t tokens, Instant now) {
    spent_.Add(tokens, now);
    touched_ = now;
  }

  // What to ask for now; less than 0: what to give back. Asked says that it was done.
  int64_t Wish(const Bucketful& bucket, Instant now) const;
  void Asked(int64_t tokens, Instant now);
  // When Wish has something to say, if nothing else happens; kNever also when there is
  // nothing left of the lease.
  Instant Due(const Bucketful& bucket, Instant now) const;
  bool out() const { return out_; }

  // The answer: so many tokens, and when the shared bucket has more. `luck`: below kWhole,
  // each gateway's own.
  void Granted(int64_t tokens, Instant next_free, const Limit& limit, int luck, Instant now);
  // There will be none.
  void Forget() { out_ = false; }
  // The shared bucket has nothing until then.
  void CloseUntil(Instant time) { next_free_ = std::max(next_free_, time); }

  // Nothing is to be had. Believed for a second: others may have given back, or an
  // operator have helped.
  bool Empty(Instant now) const { return std::min(next_free_, asked_ + kIdle) > now; }
  // When `missing` units will have been granted, by what was granted lately; `whole` is
  // the pace of all gateways together.
  Instant Forecast(Units missing, const Pace& whole, Instant now) const;

 private:
  static constexpr Instant kLongAgo = std::numeric_limits<Instant>::min() / 2;

  int64_t Wanted(const Bucketful& bucket, Instant now) const;
  Instant Next(const Limit& limit) const;
  // For how long it leaves to others what it is told will be there.
  int64_t Patience(const Limit& limit, int luck, Instant now) const;
  Instant Idle() const { return touched_ + kIdle; }

  Recent<20 * kMillisecond> spent_;
  Recent<kSecond> granted_;
  int64_t lacked_ = 0;
  int64_t asked_for_ = 0;
  Instant asked_ = kLongAgo;
  Instant next_free_ = kLongAgo;
  // Behind that, so that others come first now and then.
  Instant ask_from_ = kLongAgo;
  Instant touched_ = kLongAgo;
  // A wish waits for its answer.
  bool out_ = false;
  // The last answer was less than was asked for.
  bool short_ = false;
};

}  // namespace blooio::gateway
