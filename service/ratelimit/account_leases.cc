// An account's part in the leasing of tokens.
#include "service/ratelimit/account_limiter.h"

namespace blooio::gateway {

Lease::Bucketful AccountLimiter::Bucketful(Instant now) const {
  const auto held = static_cast<int64_t>(bucket_.Stock(pace_, now) / pace_.token);
  return {limits_.limit, held, queue_.cost()};
}

int64_t AccountLimiter::TakeWish(Instant now) {
  if (!leased() || !limits_.limit.exists()) return 0;
  const int64_t wish = lease_.Wish(Bucketful(now), now);
  if (wish != 0) lease_.Asked(wish, now);
  if (wish < 0) bucket_.Spend(pace_, now, pace_.token * -wish);
  return wish;
}

Instant AccountLimiter::NextWish(Instant now) const {
  if (!leased() || !limits_.limit.exists()) return kNever;
  return lease_.Due(Bucketful(now), now);
}

void AccountLimiter::Lack(const Call& call, Instant now) {
  if (leased() && !Payable(call, now)) lease_.Lacked(call.cost, now);
}

void AccountLimiter::Grant(int64_t tokens, Instant next_free, int share, int luck, Instant now) {
  if (!leased() || !lease_.out()) return;
  lease_.Granted(tokens, next_free, limits_.limit, luck, now);
  shared_share_ = share;
  SetPaces();
  // While Blooio wants nothing, nothing is kept for later either.
  const Instant opens = bucket_.earns_from(now);
  if (opens > now) return lease_.CloseUntil(opens);
  bucket_.Deposit(pace_, now, pace_.token * tokens);
}

}  // namespace blooio::gateway
