#include "service/ratelimit/turnstile.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace blooio::gateway {
namespace {

// Turns that come one by one at a high rate come together.
constexpr int64_t kStep = kMillisecond;

}  // namespace

Turnstile::~Turnstile() {
  loop_.Post([this] { alarms_.clear(); });
  loop_.Flush();
  // An alarm that had gone off before runs behind that.
  loop_.Flush();
}

void Turnstile::Configure(const RateLimits& limits) {
  limiter_.Configure(limits, clock_.Steady());
  for (uint32_t account = 0; account < limits.accounts.size(); ++account) {
    loop_.Post([this, account] { Advance(account); });
  }
}

Decision Turnstile::Enter(const Call& call, const std::shared_ptr<Waiter>&) {
  const Decision decision = limiter_.Decide(call, clock_.Steady());
  if (decision.outcome == Outcome::kWait) {
    loop_.Post([this, account = call.account] { Watch(account); });
  }
  return decision;
}

bool Turnstile::Leave(uint32_t account, uint64_t ticket) {
  if (!limiter_.Cancel(account, ticket)) return false;
  loop_.Post([this, account] { Advance(account); });
  return true;
}

void Turnstile::Advance(uint32_t account) {
  const Instant now = clock_.Steady();
  for (const Turn& turn : limiter_.Advance(account, now)) turn.waiter->Proceed(turn.decision);
  if (limiter_.NextTurn(account, now) != kNever) loop_.Post([this, account] { Watch(account); });
}

void Turnstile::Throttled(uint32_t account, Instant began, absl::Duration retry_after) {
  limiter_.Throttled(account, clock_.Steady(), began, absl::ToInt64Nanoseconds(retry_after));
}

void Turnstile::Watch(uint32_t account) {
  const Instant now = clock_.Steady();
  Instant turn = limiter_.NextTurn(account, now);
  if (turn == kNever) return;
  turn = std::max(turn, now + kStep);
  while (alarms_.size() <= account) alarms_.emplace_back(loop_);
  Alarm& alarm = alarms_[account];
  if (alarm.set_for <= turn) return;
  alarm.set_for = turn;
  alarm.timer.expires_after(std::chrono::nanoseconds(turn - now));
  alarm.timer.async_wait([this, account](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    alarms_[account].set_for = kNever;
    Advance(account);
  });
}

}  // namespace blooio::gateway
