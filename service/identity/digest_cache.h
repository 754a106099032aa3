// What was found out about a credential, kept under its digest for a time.
//
// Bounded: when it is full, the oldest entry goes. Thread-safe; threads rarely
// wait for each other, because digests spread over shards.
//
//   DigestCache<std::string> subjects(10'000);
//   subjects.Insert(digest, std::make_shared<const std::string>("…"), expires);
//   if (auto subject = subjects.Find(digest, clock.Now())) …
#pragma once

#include <algorithm>
#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "service/base/digest.h"

namespace blooio::gateway {

template <class Value>
class DigestCache {
 public:
  // Keeps about `capacity` entries: each shard holds its share of it.
  explicit DigestCache(size_t capacity) : shard_capacity_(std::max<size_t>(capacity / kShards, 1)) {}

  // Null when there is none that is still good at `now`.
  std::shared_ptr<const Value> Find(const Digest& digest, absl::Time now) const {
    Shard& shard = ShardOf(digest);
    std::lock_guard lock(shard.mutex);
    const auto found = shard.by_digest.find(digest);
    if (found == shard.by_digest.end()) return nullptr;
    if (now < found->second->expires) return found->second->value;
    shard.oldest_first.erase(found->second);
    shard.by_digest.erase(found);
    return nullptr;
  }

  // Good until `expires`. Replaces what was kept under the digest.
  void Insert(const Digest& digest, std::shared_ptr<const Value> value, absl::Time expires) {
    Shard& shard = ShardOf(digest);
    std::lock_guard lock(shard.mutex);
    if (const auto found = shard.by_digest.find(digest); found != shard.by_digest.end()) {
      shard.oldest_first.erase(found->second);
      shard.by_digest.erase(found);
    } else if (shard.by_digest.size() >= shard_capacity_) {
      shard.by_digest.erase(shard.oldest_first.front().digest);
      shard.oldest_first.pop_front();
    }
    shard.oldest_first.push_back({digest, std::move(value), expires});
    shard.by_digest.emplace(digest, std::prev(shard.oldest_first.end()));
  }

  size_t size() const {
    size_t size = 0;
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      size += shard.by_digest.size();
    }
    return size;
  }

 private:
  static constexpr size_t kShards = 16;

  struct Entry {
    Digest digest;
    std::shared_ptr<const Value> value;
    absl::Time expires;
  };
  struct alignas(64) Shard {
    std::mutex mutex;
    std::list<Entry> oldest_first;
    absl::flat_hash_map<Digest, typename std::list<Entry>::iterator, DigestHash> by_digest;
  };

  // By a byte that is no part of what the shard's table hashes.
  Shard& ShardOf(const Digest& digest) const { return shards_[digest[8] % kShards]; }

  const size_t shard_capacity_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace blooio::gateway
