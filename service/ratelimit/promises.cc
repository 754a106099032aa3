#include "service/ratelimit/promises.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

constexpr Units kPlenty = Units{1} << 120;

std::vector<Promise>::const_iterator FirstFrom(const std::vector<Promise>& entries, Instant from) {
  return std::lower_bound(entries.begin(), entries.end(), from,
                          [](const Promise& entry, Instant time) { return entry.due < time; });
}

}  // namespace

Units Promises::Owed(int64_t gain, Instant now) const {
  if (entries_.empty()) return 0;
  if (gain != peak_gain_ || now < known_from_ || now > known_until_) {
    const auto first = FirstFrom(entries_, now);
    peak_gain_ = gain;
    known_from_ = now;
    known_until_ = first == entries_.end() ? kNever : first->due;
    Units costs = 0;
    // Less than any that counts.
    peak_ = -static_cast<Units>(gain) * kNever;
    for (auto entry = first; entry != entries_.end(); ++entry) {
      costs += entry->cost;
      peak_ = std::max(peak_, costs - static_cast<Units>(gain) * entry->due);
    }
  }
  return std::max<Units>(peak_ + static_cast<Units>(gain) * now, 0);
}

Instant Promises::Earliest(const Pace& pace, Level level, Units cost, Instant not_before) const {
  const auto first = FirstFrom(entries_, level.from);
  const auto gaps = static_cast<size_t>(entries_.end() - first) + 1;
  const auto earned = [&](Instant from, Instant to) { return static_cast<Units>(pace.gain) * (to - from); };
  // The level after the promise before each gap, if all of them come when they are
  // due; and how much less there may be by the promise after it.
  thread_local std::vector<Level> after;
  thread_local std::vector<Units> spare;
  after.assign(1, level);
  spare.assign(gaps, kPlenty);
  for (size_t i = 0; i + 1 < gaps; ++i) {
    const Units before = after[i].stock + earned(after[i].from, first[i].due);
    after.push_back({first[i].due, std::min(before, pace.capacity) - first[i].cost});
    // What would flow over the brim is not missed.
    spare[i] = std::max<Units>(before - pace.capacity, 0);
  }
  for (size_t i = gaps - 1; i-- > 0;) spare[i] += std::min(after[i + 1].stock, spare[i + 1]);

  for (size_t i = 0; i < gaps && cost <= pace.capacity; ++i) {
    const Instant payable = Later(after[i].from, TimeToEarn(cost - after[i].stock, pace.gain));
    const Instant time = std::max(payable, not_before);
    const bool last = i + 1 == gaps;
    if (last) return time;
    if (time > first[i].due) continue;
    const Units over = after[i].stock + earned(after[i].from, time) - pace.capacity;
    if (spare[i] >= cost + std::max<Units>(over, 0)) return time;
  }
  return kNever;
}

void Promises::Add(const Promise& promise) {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), promise.due,
                                      [](Instant time, const Promise& entry) { return time < entry.due; });
  entries_.insert(after, promise);
  known_until_ = kUnknown;
}

std::optional<Promise> Promises::Claim(uint64_t who, Instant now) {
  const auto later = std::upper_bound(entries_.begin(), entries_.end(), now,
                                      [](Instant time, const Promise& entry) { return time < entry.due; });
  for (auto entry = later; entry != entries_.begin();) {
    --entry;
    if (now - entry->due > kGrace) break;
    if (entry->who != who) continue;
    const Promise claimed = *entry;
    entries_.erase(entry);
    known_until_ = kUnknown;
    return claimed;
  }
  return std::nullopt;
}

void Promises::Remove(uint64_t id) {
  if (std::erase_if(entries_, [id](const Promise& entry) { return entry.id == id; }) > 0) {
    known_until_ = kUnknown;
  }
}

void Promises::Refit(const Pace& before, const Pace& after) {
  for (Promise& entry : entries_) entry.cost = Converted(entry.cost, before, after);
  known_until_ = kUnknown;
}

void Promises::LetGo() {
  for (Promise& entry : entries_) entry.cost = 0;
  known_until_ = kUnknown;
}

std::optional<Promise> Promises::Forget(Instant now) {
  if (entries_.empty() || now - entries_.front().due <= kGrace) return std::nullopt;
  const Promise oldest = entries_.front();
  entries_.erase(entries_.begin());
  return oldest;
}

Instant Promises::NextDue(Instant now) const {
  const auto next = FirstFrom(entries_, now);
  return next == entries_.end() ? kNever : next->due;
}

}  // namespace blooio::gateway
