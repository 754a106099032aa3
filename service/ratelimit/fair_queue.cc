#include "service/ratelimit/fair_queue.h"

#include <algorithm>
#include <utility>

namespace blooio::gateway {
namespace {

bool IsNoRetry(const Waiting& waiting) { return !waiting.call.again; }

}  // namespace

void FairQueue::Configure(const std::vector<Share>& callers, int reserve) {
  std::vector<uint32_t> waiting;
  for (const auto& [tag, caller] : common_.waiting()) waiting.push_back(caller);
  // Out while it changes who is interactive.
  for (const uint32_t caller : waiting) Leave(caller);
  shares_ = callers;
  reserve_ = reserve;
  flows_.resize(shares_.size());
  interactive_cost_ = 0;
  for (const uint32_t caller : waiting) {
    Enter(caller);
    if (shares_[caller].interactive) interactive_cost_ += flows_[caller].cost;
  }
}

void FairQueue::Push(const Waiting& waiting) {
  const uint32_t caller = waiting.call.caller;
  const int64_t cost = waiting.call.cost;
  by_latest_.emplace(waiting.latest, waiting.ticket);
  cost_ += cost;
  if (waiting.ahead) {
    const auto before = waiting.call.again ? std::ranges::find_if(ahead_, IsNoRetry) : ahead_.end();
    places_.emplace(waiting.ticket, ahead_.insert(before, waiting));
    ahead_cost_ += cost;
    return;
  }
  std::list<Waiting>& line = flows_[caller].calls;
  places_.emplace(waiting.ticket, line.insert(line.end(), waiting));
  if (line.size() == 1) Enter(caller);
  flows_[caller].cost += cost;
  if (shares_[caller].interactive) interactive_cost_ += cost;
}

void FairQueue::Served(uint32_t caller, int64_t cost) {
  Flow& flow = flows_[caller];
  const bool waits = !flow.calls.empty();
  if (waits) common_.Leave(caller, flow.tag);
  flow.tag = common_.Serve(flow.tag, cost, weight(caller));
  if (waits) flow.tag = common_.Enter(caller, flow.tag);
  Earn(cost);
}

FairQueue::Lane FairQueue::NextLane() const {
  if (!ahead_.empty()) return Lane::kAhead;
  return reserve_ > 0 && credit_ >= kWhole && !interactive_.empty() ? Lane::kReserve : Lane::kCommon;
}

const Waiting* FairQueue::Next() const {
  if (empty()) return nullptr;
  switch (NextLane()) {
    case Lane::kAhead:
      return &ahead_.front();
    case Lane::kReserve:
      return &flows_[interactive_.next()].calls.front();
    case Lane::kCommon:
      break;
  }
  return &flows_[common_.next()].calls.front();
}

Waiting FairQueue::Pop() {
  const Lane lane = NextLane();
  if (lane == Lane::kAhead) {
    const Waiting first = Remove(ahead_.begin());
    Served(first.call.caller, first.call.cost);
    return first;
  }
  const uint32_t caller = lane == Lane::kReserve ? interactive_.next() : common_.next();
  Flow& flow = flows_[caller];
  const auto first = flow.calls.begin();
  const int64_t cost = first->call.cost;
  // Out while its tags change.
  Leave(caller);
  if (lane == Lane::kReserve) {
    flow.reserve_tag = interactive_.Serve(flow.reserve_tag, cost, weight(caller));
    credit_ -= kWhole * cost;
  } else {
    flow.tag = common_.Serve(flow.tag, cost, weight(caller));
  }
  Earn(cost);
  Enter(caller);
  return Remove(first);
}

std::optional<Waiting> FairQueue::Cancel(uint64_t ticket) {
  const auto place = places_.find(ticket);
  if (place == places_.end()) return std::nullopt;
  return Remove(place->second);
}

std::optional<Waiting> FairQueue::Expire(Instant now) {
  if (first_latest() >= now) return std::nullopt;
  return Cancel(by_latest_.begin()->second);
}

std::optional<uint32_t> FairQueue::Furthest(uint32_t caller, int64_t cost) const {
  std::optional<uint32_t> furthest;
  uint64_t tag = LastTag(caller) + TurnOrder::Span(cost, weight(caller));
  for (const auto& [start, other] : common_.waiting()) {
    if (LastTag(other) <= tag) continue;
    furthest = other;
    tag = LastTag(other);
  }
  return furthest;
}

int64_t FairQueue::TokensUntil(uint32_t caller, int64_t cost) const {
  if (empty()) return cost;
  const bool interactive = shares_[caller].interactive;
  const uint64_t tag = LastTag(caller);
  int64_t common = flows_[caller].cost + cost;
  for (const auto& [start, other] : common_.waiting()) {
    if (start > tag) break;
    if (other == caller) continue;
    // Its calls whose tags are less.
    const uint64_t span = (tag - start) * static_cast<uint64_t>(weight(other));
    const bool even = span % TurnOrder::kToken == 0 && other < caller;
    const uint64_t first = (span + TurnOrder::kToken - 1) / TurnOrder::kToken + (even ? 1 : 0);
    common += std::min(static_cast<int64_t>(first), flows_[other].cost);
  }
  if (reserve_ == 0 || (!interactive && interactive_cost_ == 0)) return ahead_cost_ + common;
  if (interactive) {
    const int64_t reserved = ((interactive_cost_ + cost) * kWhole - credit_) / reserve_ + cost;
    return ahead_cost_ + std::min(common, std::max(reserved, cost));
  }
  const int64_t reserved = (credit_ + reserve_ * common) / (kWhole - reserve_);
  return ahead_cost_ + common + std::clamp<int64_t>(reserved, 0, interactive_cost_);
}

void FairQueue::Enter(uint32_t caller) {
  Flow& flow = flows_[caller];
  if (flow.calls.empty()) return;
  flow.tag = common_.Enter(caller, flow.tag);
  if (shares_[caller].interactive) flow.reserve_tag = interactive_.Enter(caller, flow.reserve_tag);
}

void FairQueue::Leave(uint32_t caller) {
  common_.Leave(caller, flows_[caller].tag);
  interactive_.Leave(caller, flows_[caller].reserve_tag);
}

void FairQueue::Earn(int64_t cost) {
  credit_ += reserve_ * cost;
  // Nobody saves for later.
  if (interactive_.empty()) credit_ = std::min<int64_t>(credit_, kWhole);
}

Waiting FairQueue::Remove(std::list<Waiting>::iterator place) {
  const Waiting waiting = *place;
  places_.erase(waiting.ticket);
  by_latest_.erase({waiting.latest, waiting.ticket});
  cost_ -= waiting.call.cost;
  if (waiting.ahead) {
    ahead_.erase(place);
    ahead_cost_ -= waiting.call.cost;
    return waiting;
  }
  const uint32_t caller = waiting.call.caller;
  Flow& flow = flows_[caller];
  flow.calls.erase(place);
  flow.cost -= waiting.call.cost;
  if (shares_[caller].interactive) interactive_cost_ -= waiting.call.cost;
  if (flow.calls.empty()) Leave(caller);
  return waiting;
}

uint64_t FairQueue::LastTag(uint32_t caller) const {
  const Flow& flow = flows_[caller];
  return common_.Start(flow.tag) + TurnOrder::Span(flow.cost, weight(caller));
}

}  // namespace blooio::gateway
