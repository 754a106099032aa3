// A ledger in this process: what it knows ends with it.
//
//   MemoryLedger ledger(SystemClock(), {});
//
// Answers come within the calls, each of which takes O(log n): nothing runs in the
// background, and what is due is put right when somebody calls, a few entries at a time.
// Time steps of the clock make no entry live longer or shorter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/node_hash_map.h"
#include "service/base/clock.h"
#include "service/ledger/ledger.h"

namespace blooio::gateway {

class MemoryLedger final : public Ledger {
 public:
  struct Options {
    size_t max_entries = 100'000;
    // Of all replies. An operation whose reply alone is longer counts as unknown.
    size_t max_reply_bytes = 64 << 20;
    absl::Duration retention = absl::Hours(24);
    // No other gateway makes these operations: what it does not know did not happen.
    bool alone = true;
  };
  struct Counts {
    size_t running = 0;
    size_t done = 0;
    size_t unknown = 0;
    size_t reply_bytes = 0;
  };

  // `clock` outlives it.
  MemoryLedger(const Clock& clock, const Options& options);

  void Begin(const Operation& operation, const Claim& claim, Answer answer) override;
  void Look(const OperationId& id, Answer answer) override;
  void Settle(const Operation& operation, uint64_t claim, Settlement settlement) override;

  // Its entries by what they are just now.
  Counts Count();

 private:
  // kNew: not listed yet.
  enum class State { kNew, kRunning, kDone, kUnknown };
  struct Entry {
    const OperationId* id = nullptr;  // Its key in `entries_`.
    Digest payload;
    // In the order of beginnings.
    uint64_t place = 0;
    int64_t began = 0;
    absl::Time began_at;
    // When a running one becomes unknown, and any other one goes.
    int64_t due = 0;
    State state = State::kNew;
    // That may still say it was not done; 0: nobody.
    uint64_t claim = 0;
    // Before its claim, or beside it.
    bool may_have_happened = false;
    std::string reply;
  };

  using Entries = absl::node_hash_map<OperationId, Entry, DigestHash>;

  Found BeginLocked(const Operation& operation, const Claim& claim);
  Found LookLocked(const Entry* entry) const;
  void Run(Entry& entry, const Claim& claim, int64_t now);

  Entry* Find(const OperationId& id, int64_t now);
  // One that has to become something next. Null: there is no room.
  Entry* Add(const Operation& operation, int64_t now);
  bool MakeRoom(int64_t now);
  Entry& Make(const OperationId& id);
  void KeepReply(Entry& entry, std::string reply);
  void Become(Entry& entry, State state, int64_t due);
  int64_t End(const Entry& entry) const { return entry.began + retention_; }
  // False: it has gone.
  bool Ring(Entry& entry);
  void Advance(int64_t now, size_t most);
  // Goes, although it happened or may have.
  void Forget(Entry& entry);
  void Remove(Entry& entry);
  void Unlist(const Entry& entry);
  absl::Time KnownSince() const;

  const Clock& clock_;
  const size_t max_entries_;
  const size_t max_reply_bytes_;
  const bool alone_;
  const int64_t retention_;  // Nanoseconds, as all times of Clock::Steady.

  std::mutex mutex_;
  Entries entries_;
  // The one that went last: the next is made of it. A full ledger loses one for each that it
  // takes up, and the oldest memory is not in any cache.
  Entries::node_type spare_;
  absl::btree_map<std::pair<int64_t, uint64_t>, Entry*> due_;  // By time and place.
  absl::btree_map<uint64_t, Entry*> done_;                     // By place.
  size_t unknown_ = 0;
  size_t reply_bytes_ = 0;
  uint64_t places_ = 0;
  uint64_t claims_ = 0;
  // The latest beginning of what was forgotten, or the start.
  absl::Time forgotten_;
};

}  // namespace blooio::gateway
