#include "service/ratelimit/turnstile.h"

#include <algorithm>
#include <utility>

namespace blooio::gateway {
namespace {

// Turns that come one by one at a high rate come together.
constexpr int64_t kStep = kMillisecond;

}  // namespace

Turnstile::~Turnstile() {
  loop_.Post([this] { turns_.clear(); });
  loop_.Flush();
  // What ran before that may have posted more.
  loop_.Flush();
}

void Turnstile::Configure(const RateLimits& limits) {
  limiter_.Configure(limits, clock_.Steady());
  for (uint32_t account = 0; account < limits.accounts.size(); ++account) AdvanceSoon(account);
}

Decision Turnstile::Enter(const Call& call, const std::shared_ptr<Waiter>& waiter) {
  Decision decision = Decide(call);
  if (decision.outcome == Outcome::kLease) {
    if (Hold({call, waiter, clock_.Steady() + longest_hold_})) return {.outcome = Outcome::kWait};
    Call last = call;
    last.leased = true;
    decision = Decide(last);
  }
  if (decision.outcome == Outcome::kWait) PostWatch(call.account);
  return decision;
}

Decision Turnstile::Decide(const Call& call) {
  const Decision decision = limiter_.Decide(call, clock_.Steady());
  TellLessor();
  return decision;
}

void Turnstile::TellLessor() {
  if (!limiter_.TakeUrgent()) return;
  if (Lessor* lessor = lessor_) lessor->Wanted();
}

bool Turnstile::Hold(Held held) {
  {
    std::lock_guard lock(mutex_);
    if (held_.size() >= kMostHeld) return false;
    held_.push_back(std::move(held));
  }
  if (Lessor* lessor = lessor_) lessor->Wanted();
  return true;
}

void Turnstile::DecideHeld() {
  std::vector<Held> held;
  {
    std::lock_guard lock(mutex_);
    held_.swap(held);
  }
  for (Held& each : held) {
    each.call.leased = each.until <= clock_.Steady();
    const Decision decision = Decide(each.call);
    if (decision.outcome == Outcome::kLease) {
      std::lock_guard lock(mutex_);
      held_.push_back(std::move(each));
    } else if (decision.outcome == Outcome::kWait) {
      each.waiter->Waits(decision.ticket);
      PostWatch(each.call.account);
    } else {
      each.waiter->Proceed(decision);
    }
  }
}

Instant Turnstile::HeldUntil() {
  std::lock_guard lock(mutex_);
  Instant first = kNever;
  for (const Held& held : held_) first = std::min(first, held.until);
  return first;
}

bool Turnstile::Leave(uint32_t account, uint64_t ticket) {
  if (!limiter_.Cancel(account, ticket)) return false;
  AdvanceSoon(account);
  return true;
}

void Turnstile::Advance(uint32_t account) {
  const Instant now = clock_.Steady();
  for (const Turn& turn : limiter_.Advance(account, now)) turn.waiter->Proceed(turn.decision);
  TellLessor();
  if (limiter_.NextTurn(account, now) != kNever) PostWatch(account);
}

void Turnstile::Throttled(uint32_t account, Instant began, absl::Duration retry_after) {
  limiter_.Throttled(account, clock_.Steady(), began, absl::ToInt64Nanoseconds(retry_after));
  if (Lessor* lessor = lessor_) lessor->Throttled(account, began, retry_after);
}

void Turnstile::Watch(uint32_t account) {
  const Instant now = clock_.Steady();
  Instant turn = limiter_.NextTurn(account, now);
  if (turn == kNever) return;
  turn = std::max(turn, now + kStep);
  while (turns_.size() <= account) turns_.emplace_back(loop_);
  NextTurn& next = turns_[account];
  if (next.set_for <= turn) return;
  next.set_for = turn;
  next.alarm.Set(absl::Nanoseconds(turn - now), [this, account] {
    turns_[account].set_for = kNever;
    Advance(account);
  });
}

}  // namespace blooio::gateway
