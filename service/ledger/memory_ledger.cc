#include "service/ledger/memory_ledger.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

// Put right by a call, which makes at most one more.
constexpr size_t kAtOnce = 16;
// Of a reply's memory that is kept for another: what an ordinary one takes.
constexpr size_t kMostSpareBytes = 256;

}  // namespace

MemoryLedger::MemoryLedger(const Clock& clock, const Options& options)
    : clock_(clock),
      max_entries_(options.max_entries),
      max_reply_bytes_(options.max_reply_bytes),
      alone_(options.alone),
      retention_(absl::ToInt64Nanoseconds(options.retention)),
      forgotten_(clock.Now()) {}

void MemoryLedger::Begin(const Operation& operation, const Claim& claim, Answer answer) {
  Found found;
  {
    const std::lock_guard lock(mutex_);
    found = BeginLocked(operation, claim);
  }
  std::move(answer)(std::move(found));
}

Found MemoryLedger::BeginLocked(const Operation& operation, const Claim& claim) {
  const int64_t now = clock_.Steady();
  Advance(now, kAtOnce);
  Entry* entry = Find(operation.id, now);
  if (entry == nullptr) {
    if (claim.known_only) return LookLocked(nullptr);
    entry = Add(operation, now);
    if (entry == nullptr) return {.what = Standing::kFull};
    Run(*entry, claim, now);
    return {.what = Standing::kBegun, .claim = entry->claim};
  }
  if (entry->payload != operation.payload) return {.what = Standing::kReused};
  if (entry->state != State::kUnknown || !claim.resumable) return LookLocked(entry);
  entry->may_have_happened = true;
  Run(*entry, claim, now);
  return {.what = Standing::kResumed, .claim = entry->claim};
}

void MemoryLedger::Run(Entry& entry, const Claim& claim, int64_t now) {
  entry.claim = ++claims_;
  const int64_t lasts = std::clamp<int64_t>(absl::ToInt64Nanoseconds(claim.lasts), 0, retention_);
  Become(entry, State::kRunning, now + lasts);
}

void MemoryLedger::Look(const OperationId& id, Answer answer) {
  Found found;
  {
    const std::lock_guard lock(mutex_);
    const int64_t now = clock_.Steady();
    Advance(now, kAtOnce);
    found = LookLocked(Find(id, now));
  }
  std::move(answer)(std::move(found));
}

Found MemoryLedger::LookLocked(const Entry* entry) const {
  if (entry == nullptr)
    return {.what = Standing::kAbsent, .known = {KnownSince(), alone_ ? clock_.Now() : absl::InfinitePast()}};
  switch (entry->state) {
    case State::kRunning:
      return {.what = Standing::kRunning};
    case State::kDone:
      return {.what = Standing::kDone, .reply = entry->reply};
    case State::kNew:
    case State::kUnknown:
      break;
  }
  return {.what = Standing::kUnknown};
}

void MemoryLedger::Settle(const Operation& operation, uint64_t claim, Settlement settlement) {
  const std::lock_guard lock(mutex_);
  const int64_t now = clock_.Steady();
  Advance(now, kAtOnce);
  Entry* entry = Find(operation.id, now);
  const bool owns = entry != nullptr && claim != 0 && entry->claim == claim;
  if (settlement.kind == Settlement::kNotDone && !owns) return;
  if (settlement.kind == Settlement::kNotDone && !entry->may_have_happened) return Remove(*entry);
  if (entry == nullptr) entry = Add(operation, now);
  if (entry == nullptr) {
    forgotten_ = std::max(forgotten_, clock_.Now());
    return;
  }
  if (entry->state == State::kDone) return;
  if (settlement.kind == Settlement::kDone && settlement.reply.size() <= max_reply_bytes_) {
    entry->payload = operation.payload;
    return KeepReply(*entry, std::move(settlement.reply));
  }
  entry->may_have_happened = true;
  const bool others_run = entry->claim != 0 && !owns;
  if (others_run) return;
  entry->claim = 0;
  Become(*entry, State::kUnknown, End(*entry));
}

void MemoryLedger::KeepReply(Entry& entry, std::string reply) {
  entry.claim = 0;
  if (reply.size() <= entry.reply.capacity()) {
    entry.reply.assign(reply);
  } else {
    entry.reply = std::move(reply);
  }
  Become(entry, State::kDone, End(entry));
  while (reply_bytes_ > max_reply_bytes_) Forget(*done_.begin()->second);
}

MemoryLedger::Counts MemoryLedger::Count() {
  const std::lock_guard lock(mutex_);
  Advance(clock_.Steady(), entries_.size());
  return {.running = entries_.size() - done_.size() - unknown_,
          .done = done_.size(),
          .unknown = unknown_,
          .reply_bytes = reply_bytes_};
}

MemoryLedger::Entry* MemoryLedger::Find(const OperationId& id, int64_t now) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  Entry& entry = found->second;
  while (entry.due <= now) {
    if (!Ring(entry)) return nullptr;
  }
  return &entry;
}

MemoryLedger::Entry* MemoryLedger::Add(const Operation& operation, int64_t now) {
  if (!MakeRoom(now)) return nullptr;
  Entry& entry = Make(operation.id);
  entry.payload = operation.payload;
  entry.place = ++places_;
  entry.began = now;
  entry.began_at = clock_.Now();
  return &entry;
}

MemoryLedger::Entry& MemoryLedger::Make(const OperationId& id) {
  Entries::iterator made;
  if (spare_.empty()) {
    made = entries_.try_emplace(id).first;
  } else {
    std::string reply = std::move(spare_.mapped().reply);
    if (reply.capacity() > kMostSpareBytes) reply = std::string();
    reply.clear();
    spare_.mapped() = {};
    spare_.mapped().reply = std::move(reply);
    spare_.key() = id;
    made = entries_.insert(std::move(spare_)).position;
  }
  made->second.id = &made->first;
  return made->second;
}

bool MemoryLedger::MakeRoom(int64_t now) {
  while (entries_.size() >= max_entries_) {
    if (!due_.empty() && due_.begin()->first.first <= now) {
      Ring(*due_.begin()->second);
    } else if (!done_.empty()) {
      Forget(*done_.begin()->second);
    } else {
      return false;
    }
  }
  return true;
}

void MemoryLedger::Become(Entry& entry, State state, int64_t due) {
  if (entry.state != State::kNew) Unlist(entry);
  entry.state = state;
  entry.due = due;
  due_.emplace(std::pair(due, entry.place), &entry);
  if (state == State::kUnknown) ++unknown_;
  if (state != State::kDone) return;
  done_[entry.place] = &entry;
  reply_bytes_ += entry.reply.size();
}

void MemoryLedger::Unlist(const Entry& entry) {
  due_.erase({entry.due, entry.place});
  if (entry.state == State::kUnknown) --unknown_;
  if (entry.state != State::kDone) return;
  done_.erase(entry.place);
  reply_bytes_ -= entry.reply.size();
}

bool MemoryLedger::Ring(Entry& entry) {
  if (entry.state != State::kRunning) {
    Forget(entry);
    return false;
  }
  // Its claim may still say that it was not done.
  Become(entry, State::kUnknown, End(entry));
  return true;
}

void MemoryLedger::Advance(int64_t now, size_t most) {
  // Each becomes unknown and goes at most.
  for (size_t i = 0; i < 2 * most && !due_.empty() && due_.begin()->first.first <= now; ++i) {
    Ring(*due_.begin()->second);
  }
}

void MemoryLedger::Forget(Entry& entry) {
  forgotten_ = std::max(forgotten_, entry.began_at);
  Remove(entry);
}

void MemoryLedger::Remove(Entry& entry) {
  Unlist(entry);
  spare_ = entries_.extract(*entry.id);
}

absl::Time MemoryLedger::KnownSince() const {
  return std::max(forgotten_, clock_.Now() - absl::Nanoseconds(retention_));
}

}  // namespace blooio::gateway
