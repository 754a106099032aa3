// The buckets of callers' methods, of which there may be a million.
//
// One is kept only while it is not as good as new: nobody can tell. So what is kept is
// what was used lately. To find the others all are looked through after twice as many
// calls as there are buckets, which costs each call the same few nanoseconds however
// many there are.
//
// New is full, or empty since tokens come from elsewhere; see Use. When that changes,
// each bucket learns of it when it is next looked at, from the terms that held before;
// one that has slept through two changes starts empty. Not thread-safe.
#pragma once

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "service/ratelimit/bucket.h"
#include "service/ratelimit/supply.h"

namespace blooio::gateway {

class MethodBuckets {
 public:
  // Other terms. Leased buckets are empty, the others go on from what they hold.
  void Use(const Terms& terms, Instant now) {
    fresh_full_ = terms.fills || (fresh_full_ && terms.supply == Supply::kAlone);
    before_ = terms_;
    terms_ = terms;
    since_ = now;
    ++era_;
  }

  // As it stands.
  Bucket At(uint64_t key, const Limit& limit) const {
    const auto kept = kept_.find(key);
    return kept == kept_.end() ? Fresh(limit) : Current(kept->second, limit);
  }
  // To be changed.
  Bucket& Keep(uint64_t key, const Limit& limit) {
    const auto [kept, added] = kept_.try_emplace(key);
    if (added) kept->second = {Fresh(limit), era_};
    if (kept->second.era != era_) kept->second = {Current(kept->second, limit), era_};
    return kept->second.bucket;
  }

  // Other limits, by key, and another greatest cost.
  template <class Before, class After>
  void Refit(int64_t greatest_cost, Before before, After after, Instant now) {
    Terms terms = terms_;
    terms.greatest_cost = greatest_cost;
    absl::erase_if(kept_, [&](auto& entry) {
      auto& [key, kept] = entry;
      kept = {Current(kept, before(key)), era_};
      kept.bucket.Refit(terms_.PaceOf(before(key)), terms.PaceOf(after(key)), now);
      return !after(key).exists();
    });
    terms_ = terms;
  }

  // Drops those that are as good as new, when it is time to; `limit_of` by key.
  template <class LimitOf>
  bool Sweep(LimitOf limit_of, Instant now) {
    if (--calls_until_sweep_ > 0) return false;
    absl::erase_if(kept_, [&](const auto& entry) {
      const Limit& limit = limit_of(entry.first);
      const Pace pace = terms_.PaceOf(limit);
      return Current(entry.second, limit).Stock(pace, now) == Fresh(limit).Stock(pace, now);
    });
    if (kept_.size() < kept_.capacity() / 8) kept_.rehash(0);
    calls_until_sweep_ = std::max<size_t>(64, kept_.size() * 2);
    return true;
  }

  size_t size() const { return kept_.size(); }

 private:
  // The era fits into what alignment leaves free.
  struct Kept {
    [[no_unique_address]] Bucket bucket;
    uint32_t era = 0;
  };
  static_assert(sizeof(Kept) == sizeof(Bucket));

  Bucket Fresh(const Limit& limit) const { return fresh_full_ ? Bucket() : Emptied(limit); }
  Bucket Emptied(const Limit& limit) const {
    Bucket bucket;
    bucket.CloseUntil(terms_.PaceOf(limit), since_);
    return bucket;
  }
  Bucket Current(const Kept& kept, const Limit& limit) const {
    if (kept.era == era_) return kept.bucket;
    if (kept.era + 1 != era_ || terms_.leased()) return Emptied(limit);
    Bucket bucket = kept.bucket;
    bucket.Refit(before_.PaceOf(limit), terms_.PaceOf(limit), since_);
    return bucket;
  }

  Terms terms_, before_;
  Instant since_ = 0;
  uint32_t era_ = 0;
  bool fresh_full_ = true;
  absl::flat_hash_map<uint64_t, Kept> kept_;
  size_t calls_until_sweep_ = 64;
};

}  // namespace blooio::gateway
