// The times that refused calls were told, and what a bucket has to hold so that
// each of them can be paid when it comes.
//
//   const Instant due = promises.Earliest(pace, level, cost, not_before);
//   promises.Add({due, cost, who, id});
//   …
//   if (bucket.Stock(pace, now) - cost >= promises.Owed(pace.gain, now)) …   // a call without a promise
//
// A promise spends nothing: until it is due it only keeps others from spending
// what could not be earned again in time. When its time passes and nobody comes,
// it holds nothing back any more, so a promised call that stays away costs nobody
// anything; until `kGrace` after its time it is still known, and whoever comes
// late goes first.
//
// The guarantee: while the rate is as it was, and all spending leaves Owed, a
// call that comes exactly when its promise is due finds its cost in the bucket,
// whatever anybody else does.
//
// A few hundred entries at most; not thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "service/ratelimit/limit.h"

namespace blooio::gateway {

struct Promise {
  Instant due = 0;
  Units cost = 0;
  // Who may claim it.
  uint64_t who = 0;
  uint64_t id = 0;
};

class Promises {
 public:
  static constexpr size_t kMost = 512;
  static constexpr int64_t kGrace = kSecond;

  // A bucket's stock at some time, from which it earns on.
  struct Level {
    Instant from = 0;
    Units stock = 0;
  };

  // What the bucket has to hold at `now` for what is due now or later.
  Units Owed(int64_t gain, Instant now) const;
  // The first time, not before `not_before`, at which `cost` can be spent and all
  // promises still be kept; kNever if there is none.
  Instant Earliest(const Pace& pace, Level level, Units cost, Instant not_before) const;

  void Add(const Promise& promise);
  // Takes out one of `who` that has come due: the last one, which may be due right
  // now, because the others hold nothing any more.
  std::optional<Promise> Claim(uint64_t who, Instant now);
  void Remove(uint64_t id);
  // They are worth as many tokens of another limit.
  void Refit(const Pace& before, const Pace& after);
  // From here on they hold nothing back: what they counted on is gone.
  void LetGo();
  // Takes out one whose grace is over.
  std::optional<Promise> Forget(Instant now);
  // When the next one that still holds back comes due; kNever if none does.
  Instant NextDue(Instant now) const;

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }

 private:
  static constexpr Instant kUnknown = std::numeric_limits<Instant>::min();

  std::vector<Promise> entries_;  // By time.
  // What Owed found: the greatest of (costs up to a promise - gain x its time).
  // Holds until the first promise that it counts is past.
  mutable Units peak_ = 0;
  mutable int64_t peak_gain_ = 0;
  mutable Instant known_from_ = 0;
  mutable Instant known_until_ = kUnknown;
};

}  // namespace blooio::gateway
