// The calls that wait for an account, in the order in which they will start.
//
//   1. retries of calls under way, then calls that come back on a promise and find too
//      little, each in the order they came
//   2. out of the reserve: interactive callers, in proportion to their weights
//   3. everybody, in proportion to their weights
//
// The reserve is a share of what is served: it grows with each token that anybody
// is served and is spent on interactive callers alone, while they have calls
// waiting. Nobody else can use it, and it holds nobody back when they do not wait. So
// interactive callers that keep wanting get reserve + (1 - reserve) x their weight.
//
// Bound: of N callers that wait, the one of weight w among weights W starts its
// first call (of cost c) after at most (N x the greatest cost + c x W / w) tokens to
// others out of 3, whoever else arrives; 2 is the reserve, and 1 what was promised.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "service/ratelimit/decision.h"
#include "service/ratelimit/turn_order.h"

namespace blooio::gateway {

// A call that waits.
struct Waiting {
  uint64_t ticket = 0;
  Call call = {};
  Instant since = 0;
  // Until when it may wait.
  Instant latest = kNever;
  // Goes before all that wait for their turn.
  bool ahead = false;
  // Limits in shadow mode that would have refused it.
  unsigned shadowed = 0;
};

class FairQueue {
 public:
  // Other shares for callers, who are known by their place and never become fewer,
  // and another reserve, in thousandths. Who waits keeps waiting.
  void Configure(const std::vector<Share>& callers, int reserve);

  void Push(const Waiting& waiting);
  // A call that did not have to wait; moves its caller's turn on.
  void Served(uint32_t caller, int64_t cost);
  // The next one to start, null when nobody waits; stays until Pop.
  const Waiting* Next() const;
  Waiting Pop();
  std::optional<Waiting> Cancel(uint64_t ticket);
  // Takes out one that may not wait any longer.
  std::optional<Waiting> Expire(Instant now);
  // Whose last call would start after everybody's, one of `caller`'s that joined
  // now too; nobody's if that one would be the last.
  std::optional<uint32_t> Furthest(uint32_t caller, int64_t cost) const;
  Waiting TakeLast(uint32_t caller) { return Remove(std::prev(flows_[caller].calls.end())); }

  // Tokens that are served, after those that go to others first, when a call of
  // `caller` that joined now has started: an estimate, exact without a reserve and
  // with equal costs.
  int64_t TokensUntil(uint32_t caller, int64_t cost) const;

  bool empty() const { return places_.empty(); }
  size_t size() const { return places_.size(); }
  // Of all calls that wait.
  int64_t cost() const { return cost_; }
  size_t size(uint32_t caller) const { return flows_[caller].calls.size(); }
  // When the first of those that wait may not wait any longer; kNever if nobody.
  Instant first_latest() const { return by_latest_.empty() ? kNever : by_latest_.begin()->first; }
  int weight(uint32_t caller) const { return shares_[caller].weight; }
  // Of those callers that wait and for which `counts`.
  template <class Counts>
  int64_t Weight(Counts counts) const {
    int64_t sum = 0;
    for (const auto& [tag, caller] : common_.waiting()) sum += counts(caller) ? weight(caller) : 0;
    return sum;
  }

 private:
  struct Flow {
    std::list<Waiting> calls;
    int64_t cost = 0;  // Of all of them.
    uint64_t tag = 0;
    uint64_t reserve_tag = 0;
  };
  enum class Lane { kAhead, kReserve, kCommon };

  Lane NextLane() const;
  void Enter(uint32_t caller);
  void Leave(uint32_t caller);
  void Earn(int64_t cost);
  // Takes a call out of its flow.
  Waiting Remove(std::list<Waiting>::iterator place);
  // The virtual time at which a call behind all of the caller's would start.
  uint64_t LastTag(uint32_t caller) const;

  std::vector<Share> shares_;
  int reserve_ = 0;
  std::vector<Flow> flows_;
  std::list<Waiting> ahead_;
  TurnOrder common_;
  TurnOrder interactive_;
  // Of the reserve, thousandths of tokens.
  int64_t credit_ = kWhole;
  int64_t interactive_cost_ = 0;
  int64_t ahead_cost_ = 0;
  int64_t cost_ = 0;
  absl::flat_hash_map<uint64_t, std::list<Waiting>::iterator> places_;
  absl::btree_set<std::pair<Instant, uint64_t>> by_latest_;
};

}  // namespace blooio::gateway
