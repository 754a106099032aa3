// The leases of many buckets, in the order in which they have something to say. Only
// buckets in use have one. Not thread-safe.
#pragma once

#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "service/ratelimit/lease.h"

namespace blooio::gateway {

class Leases {
 public:
  // Null: none. Good until the next change.
  const Lease* Find(uint64_t key) const {
    const auto found = leases_.find(key);
    return found == leases_.end() ? nullptr : &found->second.lease;
  }
  Lease& operator[](uint64_t key) { return leases_[key].lease; }

  // It has something to say by then; it is asked no later.
  void Schedule(uint64_t key, Instant due) {
    Entry& entry = leases_[key];
    if (due >= entry.due) return;
    order_.erase({entry.due, key});
    order_.emplace(due, key);
    entry.due = due;
  }
  // When the first one has something to say; kNever if none has.
  Instant next() const { return order_.empty() ? kNever : order_.begin()->first; }
  // Which that is; it is not scheduled any more.
  uint64_t TakeNext() {
    const uint64_t key = order_.begin()->second;
    order_.erase(order_.begin());
    leases_[key].due = kNever;
    return key;
  }
  void Erase(uint64_t key) { leases_.erase(key); }
  void Clear() {
    leases_.clear();
    order_.clear();
  }
  size_t size() const { return leases_.size(); }
  template <class Function>
  void ForEach(Function function) {
    for (auto& [key, entry] : leases_) function(key, entry.lease);
  }

 private:
  struct Entry {
    Lease lease;
    Instant due = kNever;
  };

  absl::flat_hash_map<uint64_t, Entry> leases_;
  absl::btree_set<std::pair<Instant, uint64_t>> order_;
};

}  // namespace blooio::gateway
