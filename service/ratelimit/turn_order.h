// Who comes next among callers that want the same thing: start-time fair queueing.
//
// A virtual time runs with the service given. Each caller has a tag, the virtual
// time at which its next call would start; whoever has the least tag comes next,
// and its tag moves on by cost / weight. So callers that keep wanting are served in
// proportion to their weights, to within one call each, and one that was away
// neither gains nor loses by it.
//
// Bound: from when a caller of weight w begins to wait until its first call is
// served, any other caller of weight v has v / w x (that call's cost) + one call
// served. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/container/btree_set.h"

namespace blooio::gateway {

class TurnOrder {
 public:
  // One token at weight 1, in virtual time.
  static constexpr uint64_t kToken = uint64_t{1} << 20;

  // A caller that begins to wait, whose tag was `tag`. Returns its tag from now on.
  uint64_t Enter(uint32_t caller, uint64_t tag) {
    const uint64_t start = Start(tag);
    waiting_.emplace(start, caller);
    return start;
  }
  void Leave(uint32_t caller, uint64_t tag) { waiting_.erase({tag, caller}); }

  // `cost` tokens go to a caller that does not wait (any more), be it its turn or
  // not. Returns its tag.
  uint64_t Serve(uint64_t tag, int64_t cost, int weight) {
    const uint64_t start = Start(tag);
    now_ = waiting_.empty() ? start : std::max(now_, std::min(start, waiting_.begin()->first));
    return start + Span(cost, weight);
  }

  bool empty() const { return waiting_.empty(); }
  uint32_t next() const { return waiting_.begin()->second; }
  // Tags and callers, in order.
  const absl::btree_set<std::pair<uint64_t, uint32_t>>& waiting() const { return waiting_; }

  // The tag with which somebody whose tag was `tag` would begin to wait.
  uint64_t Start(uint64_t tag) const { return std::max(tag, now_); }
  static uint64_t Span(int64_t cost, int weight) {
    return static_cast<uint64_t>(cost) * kToken / static_cast<uint64_t>(weight);
  }

 private:
  uint64_t now_ = 0;
  absl::btree_set<std::pair<uint64_t, uint32_t>> waiting_;
};

}  // namespace blooio::gateway
