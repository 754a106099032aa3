#include "service/server/shared_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// Of one round; what is wished for beyond comes in the next.
constexpr size_t kMostQuestions = 16;

int64_t WholeMilliseconds(int64_t nanoseconds) { return (nanoseconds + kMillisecond - 1) / kMillisecond; }

}  // namespace

struct SharedLimits::Redis {
  Redis(SharedLimits& owner, Options options, Randomness& randomness)
      : next(owner.loop_),
        held(owner.loop_),
        watched(owner.loop_, std::move(options.redis), SharedBuckets::Probe(options.prefix), randomness,
                [&owner](const WatchedRedis::Change& change) { owner.Changed(change); }),
        buckets(watched, options.prefix) {}

  Alarm next;  // When the limiter has something to wish for.
  Alarm held;  // When calls may not be held any longer.
  WatchedRedis watched;
  SharedBuckets buckets;
};

SharedLimits::SharedLimits(EventLoop& loop, RateLimiter& limiter, Turnstile& turnstile, const Clock& clock,
                           Randomness& randomness, Options options, WatchedRedis::Observer observer)
    : loop_(loop),
      limiter_(limiter),
      turnstile_(turnstile),
      clock_(clock),
      fallback_share_(std::max(static_cast<int>(std::lround(options.fallback_share * kWhole)), 1)),
      observer_(std::move(observer)) {
  limiter_.Use(Supply::kAlone, fallback_share_, clock_.Steady());
  turnstile_.UseLessor(this);
  loop_.Post([this, &randomness, options = std::move(options)]() mutable {
    redis_ = std::make_unique<Redis>(*this, std::move(options), randomness);
  });
}

SharedLimits::~SharedLimits() {
  turnstile_.UseLessor(nullptr);
  loop_.Post([this] { redis_.reset(); });
  loop_.Flush();
}

void SharedLimits::Use(LimitNames names, RateLimits limits) {
  loop_.Post([this, names = std::move(names), limits = std::move(limits)]() mutable {
    names_ = std::move(names);
    limits_ = std::move(limits);
  });
}

void SharedLimits::Wanted() {
  if (!posted_.exchange(true)) loop_.Post([this] { Ask(); });
}

void SharedLimits::Throttled(uint32_t account, Instant began, absl::Duration retry_after) {
  const Instant open = Later(clock_.Steady(), absl::ToInt64Nanoseconds(retry_after));
  loop_.Post([this, account, began, open] {
    Throttle& throttle = throttles_[account];
    throttle = {std::max(throttle.began, began), std::max(throttle.open, open)};
    Ask();
  });
}

void SharedLimits::Changed(const WatchedRedis::Change& change) {
  const Instant now = clock_.Steady();
  limiter_.Use(change.available ? Supply::kLeased : Supply::kAlone, fallback_share_, now);
  limiter_.ForgetWishes();
  observer_(change);
  // What waits has other prospects now.
  for (uint32_t account = 0; account < limits_.accounts.size(); ++account) turnstile_.Advance(account);
  Wanted();
}

void SharedLimits::Ask() {
  posted_ = false;
  if (redis_ == nullptr) return;
  WatchHeld();
  if (questions_ > 0) return;
  const Instant now = clock_.Steady();
  ++questions_;  // This one, until all others are asked.
  std::vector<LeaseRequest> requests = TakeThrottles(now);
  for (size_t i = 0; i < kMostQuestions; ++i) {
    std::vector<LeaseWish> wishes = limiter_.Wishes(now, SharedBuckets::kMostRequests - requests.size());
    if (wishes.empty() && requests.empty()) break;
    AskFor(std::move(wishes), std::exchange(requests, {}));
  }
  EndQuestion();
}

std::vector<LeaseRequest> SharedLimits::TakeThrottles(Instant now) {
  std::vector<LeaseRequest> requests;
  while (!throttles_.empty() && requests.size() < SharedBuckets::kMostRequests / 2) {
    const auto throttle = throttles_.extract(throttles_.begin());
    const uint32_t account = throttle.key();
    if (account >= limits_.accounts.size() || !limits_.accounts[account].limit.exists()) continue;
    requests.push_back(
        RequestFor({LimitKind::kAccount, account, 0}, limits_.accounts[account].limit, /*tokens=*/0));
    requests.back().throttle = {
        .attempt_age_ms = WholeMilliseconds(now - throttle.mapped().began),
        .retry_after_ms = WholeMilliseconds(std::max<int64_t>(throttle.mapped().open - now, 0))};
  }
  return requests;
}

void SharedLimits::AskFor(std::vector<LeaseWish> wishes, std::vector<LeaseRequest> requests) {
  const size_t first = requests.size();
  for (const LeaseWish& wish : wishes) requests.push_back(RequestFor(wish.key, wish.limit, wish.tokens));
  ++questions_;
  redis_->buckets.Ask(requests, [this, first, wishes = std::move(wishes)](
                                    const absl::StatusOr<std::vector<LeaseAnswer>>& answers) {
    const Instant now = clock_.Steady();
    failed_ |= !answers.ok();
    for (size_t i = 0; answers.ok() && i < wishes.size(); ++i) {
      const LeaseAnswer& answer = (*answers)[first + i];
      limiter_.Grant(wishes[i].key, answer.tokens, now + answer.next_free_ms * kMillisecond, now,
                     answer.share);
      if (wishes[i].key.kind == LimitKind::kAccount) turnstile_.Advance(wishes[i].key.place);
    }
    EndQuestion();
  });
}

void SharedLimits::EndQuestion() {
  if (--questions_ > 0 || redis_ == nullptr) return;
  if (std::exchange(failed_, false)) limiter_.ForgetWishes();
  turnstile_.DecideHeld();
  WatchHeld();
  const Instant now = clock_.Steady();
  const Instant due = limiter_.NextWish();
  if (!throttles_.empty() || due <= now) return Wanted();
  if (due != kNever) redis_->next.Set(absl::Nanoseconds(due - now), [this] { Ask(); });
}

void SharedLimits::WatchHeld() {
  const Instant until = turnstile_.HeldUntil();
  if (until == kNever || redis_ == nullptr) return;
  redis_->held.Set(absl::Nanoseconds(until - clock_.Steady()), [this] {
    turnstile_.DecideHeld();
    WatchHeld();
  });
}

LeaseRequest SharedLimits::RequestFor(const LeaseKey& key, const Limit& limit, int64_t tokens) const {
  LeaseRequest request = {.tokens_per_period = limit.rate.tokens,
                          .period_ns = limit.rate.period,
                          .burst = limit.burst,
                          .tokens = tokens};
  switch (key.kind) {
    case LimitKind::kAccount:
      request.key = Cat("account:", names_.accounts[key.place]);
      break;
    case LimitKind::kCaller:
      request.key = Cat("caller:", names_.callers[key.place]);
      break;
    case LimitKind::kMethod:
      request.key = Cat("method:", names_.callers[key.place], ":", names_.methods[key.method]);
      break;
  }
  return request;
}

}  // namespace blooio::gateway
