// What holds for all decisions: limits, and where tokens come from.
#include <algorithm>

#include "service/ratelimit/rate_limiter.h"

namespace blooio::gateway {

RateLimiter::RateLimiter(uint64_t seed) : seed_(seed) {
  for (size_t i = 0; i < kShards; ++i) shards_[i].callers = std::make_unique<CallerLimiter>(i, kShards);
}

void RateLimiter::Configure(const RateLimits& limits, Instant now) {
  std::lock_guard configuring(configuring_);
  terms_.greatest_cost = limits.greatest_cost;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    shard.callers->Configure(limits.callers, terms_, now);
    Announce(shard);
  }
  std::vector<Share> shares;
  for (const CallerLimits& caller : limits.callers) shares.push_back(caller.share);
  accounts_.GrowTo(limits.accounts.size());
  for (size_t place = 0; place < limits.accounts.size(); ++place) {
    std::lock_guard lock(accounts_[place].mutex);
    AccountLimiter& account = accounts_[place].limiter;
    account.Configure(limits.accounts[place], shares, terms_, account.Catch(now));
    Announce(accounts_[place], now);
  }
}

void RateLimiter::Use(Supply supply, int share, Instant now) {
  std::lock_guard configuring(configuring_);
  const Terms terms = {supply, share, terms_.greatest_cost, terms_.leased() && !was_granted_};
  if (terms.supply == terms_.supply && terms.share == terms_.share) return;
  terms_ = terms;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    shard.callers->Use(terms, now);
    Announce(shard);
  }
  for (size_t place = 0; place < accounts_.size(); ++place) {
    std::lock_guard lock(accounts_[place].mutex);
    AccountLimiter& account = accounts_[place].limiter;
    account.Use(terms, account.Catch(now));
    Announce(accounts_[place], now);
  }
}

std::vector<LeaseWish> RateLimiter::Wishes(Instant now, size_t most) {
  std::vector<LeaseWish> wishes;
  for (uint32_t place = 0; place < accounts_.size() && wishes.size() < most; ++place) {
    Account& account = accounts_[place];
    if (account.next_wish > now) continue;
    std::lock_guard lock(account.mutex);
    const Instant caught = account.limiter.Catch(now);
    const int64_t wish = account.limiter.TakeWish(caught);
    if (wish != 0) wishes.push_back({{LimitKind::kAccount, place}, account.limiter.limits().limit, wish});
    Announce(account, caught);
  }
  // Not always the same ones first.
  const size_t first = first_shard_++;
  for (size_t i = 0; i < kShards && wishes.size() < most; ++i) {
    Shard& shard = shards_[(first + i) % kShards];
    if (shard.next_wish > now) continue;
    std::lock_guard lock(shard.mutex);
    shard.callers->Wishes(now, most, &wishes);
    Announce(shard);
  }
  return wishes;
}

Instant RateLimiter::NextWish() {
  return alarm_.Tell([this] {
    Instant first = kNever;
    for (size_t place = 0; place < accounts_.size(); ++place) {
      first = std::min<Instant>(first, accounts_[place].next_wish);
    }
    for (const Shard& shard : shards_) first = std::min<Instant>(first, shard.next_wish);
    return first;
  });
}

void RateLimiter::Grant(const LeaseKey& key, int64_t tokens, Instant next_free, Instant now, int share) {
  was_granted_ = true;
  if (key.kind == LimitKind::kAccount) {
    Account& account = accounts_[key.place];
    std::lock_guard lock(account.mutex);
    now = account.limiter.Catch(now);
    account.limiter.Grant(tokens, next_free, share, Luck(), now);
    return Announce(account, now);
  }
  Shard& shard = ShardOf(key.place);
  std::lock_guard lock(shard.mutex);
  shard.callers->Grant(key, tokens, next_free, Luck(), now);
  Announce(shard);
}

void RateLimiter::ForgetWishes() {
  for (size_t place = 0; place < accounts_.size(); ++place) {
    std::lock_guard lock(accounts_[place].mutex);
    accounts_[place].limiter.ForgetWish();
    Announce(accounts_[place], accounts_[place].limiter.Catch(kLongAgo));
  }
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    shard.callers->ForgetWishes();
    Announce(shard);
  }
}

// SplitMix64: each step of a counter yields a number that looks like chance.
int RateLimiter::Luck() {
  uint64_t mixed = seed_ += 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return static_cast<int>((mixed >> 32) % kWhole);
}

size_t RateLimiter::MethodBuckets() {
  size_t buckets = 0;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    buckets += shard.callers->size();
  }
  return buckets;
}

size_t RateLimiter::Leases() {
  size_t leases = 0;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    leases += shard.callers->leases();
  }
  return leases;
}

}  // namespace blooio::gateway
