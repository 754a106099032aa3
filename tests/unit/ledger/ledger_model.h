// A ledger as simple as can be, against which others are compared: all that it was
// told, looked through from the beginning.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/base/text.h"
#include "service/ledger/ledger.h"

namespace blooio::gateway {

// Times are plain numbers here.
class ReferenceLedger {
 public:
  struct Options {
    size_t max_entries = 4;
    int64_t retention = 1000;
  };
  struct Heard {
    Standing what = Standing::kAbsent;
    std::string reply = {};
    int64_t known_since = 0;
    int64_t known_until = 0;
    auto operator<=>(const Heard&) const = default;
    // Times since then.
    std::string Text(int64_t start) const {
      return Cat(static_cast<int>(what), " '", reply, "' ", known_since - start, " to ", known_until - start);
    }
  };

  ReferenceLedger(const Options& options, int64_t start) : options_(options), forgotten_(start) {}

  Heard Begin(int id, int payload, uint64_t claim, int64_t lasts, bool resumable, bool known_only,
              int64_t now) {
    Entry* entry = Find(id, now);
    // Its settlement has overtaken it.
    if (given_up_.contains(claim)) return {.what = Standing::kRunning};
    if (entry == nullptr) {
      if (known_only) return Look(id, now);
      entry = Add(id, payload, now);
      if (entry == nullptr) return {.what = Standing::kFull};
      entry->claim = claim;
      entry->until = now + lasts;
      return {.what = Standing::kBegun};
    }
    if (entry->payload != payload) return {.what = Standing::kReused};
    if (entry->done || entry->until > now || !resumable) return Look(id, now);
    entry->maybe = true;
    entry->claim = claim;
    entry->until = now + lasts;
    return {.what = Standing::kResumed};
  }

  Heard Look(int id, int64_t now) {
    const Entry* entry = Find(id, now);
    if (entry == nullptr) {
      Forgot(kLongAgo, now);
      const int64_t until = ToldUntil(now);
      return {.what = Standing::kAbsent,
              .known_since = std::max(forgotten_, now - options_.retention),
              .known_until = until};
    }
    if (entry->done) return {.what = Standing::kDone, .reply = entry->reply};
    return {.what = entry->until > now ? Standing::kRunning : Standing::kUnknown};
  }

  void Settle(int id, int payload, uint64_t claim, const Settlement& settlement, int64_t now) {
    Entry* entry = Find(id, now);
    const bool owns = entry != nullptr && claim != 0 && entry->claim == claim;
    if (settlement.kind == Settlement::kNotDone) {
      if (!owns) {
        given_up_.insert(claim);
      } else if (entry->maybe) {
        entry->claim = 0;
        entry->until = now;
      } else {
        std::erase_if(entries_, [&](const Entry& e) { return e.id == id; });
      }
      return;
    }
    if (entry == nullptr) entry = Add(id, payload, now);
    if (entry == nullptr) return Forgot(now, now);
    if (entry->done) return;
    if (settlement.kind == Settlement::kDone) {
      entry->done = true;
      entry->payload = payload;
      entry->reply = settlement.reply;
    }
    entry->maybe = true;
    if (entry->claim != 0 && !owns && !entry->done) return;
    entry->claim = 0;
    entry->until = now;
  }

  // Operations may have happened until now that it has not heard of.
  void MoveOn(int64_t now) { Forgot(now, now); }
  // The gateway has told what it did until `told`; 0: it is only there.
  void Beat(int gateway, int64_t told, int64_t now) {
    ToldUntil(now);
    if (told > 0) {
      told_[gateway] = told;
    } else {
      told_.try_emplace(gateway, now - kLate);
    }
  }
  void Leave(int gateway) { told_.erase(gateway); }
  // And when that was.
  void LoseAll() {
    entries_.clear();
    given_up_.clear();
    told_.clear();
    lost_ = true;
  }

 private:
  struct Entry {
    int id;
    int payload;
    int64_t began;
    int64_t until = 0;
    uint64_t claim = 0;
    bool maybe = false;
    bool done = false;
    std::string reply = {};
  };

  Entry* Find(int id, int64_t now) {
    std::erase_if(entries_,
                  [&](const Entry& e) { return e.until <= now && e.began + options_.retention <= now; });
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == id; });
    return found == entries_.end() ? nullptr : &*found;
  }

  Entry* Add(int id, int payload, int64_t now) {
    if (entries_.size() >= options_.max_entries) {
      // In the order of their beginnings.
      const auto oldest =
          std::find_if(entries_.begin(), entries_.end(), [](const Entry& e) { return e.done; });
      if (oldest == entries_.end()) return nullptr;
      Forgot(oldest->began, now);
      entries_.erase(oldest);
    }
    entries_.push_back({.id = id, .payload = payload, .began = now});
    return &entries_.back();
  }

  // What began then. After a loss it finds that out when it is asked.
  void Forgot(int64_t began, int64_t now) {
    if (std::exchange(lost_, false)) forgotten_ = now;
    forgotten_ = std::max(forgotten_, began);
  }

  int64_t ToldUntil(int64_t now) {
    const auto over = [&](const auto& told) { return told.second + options_.retention <= now; };
    if (std::erase_if(told_, over) > 0) Forgot(now, now);
    int64_t until = now;
    for (const auto& [gateway, told] : told_) until = std::min(until, told);
    return until;
  }

  static constexpr int64_t kLongAgo = 0;
  // Seconds that the first word of a gateway may be under way.
  static constexpr int64_t kLate = 600;
  const Options options_;
  std::vector<Entry> entries_;
  std::set<uint64_t> given_up_;
  std::map<int, int64_t> told_;
  int64_t forgotten_;
  bool lost_ = false;
};

}  // namespace blooio::gateway
