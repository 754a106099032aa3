#include "service/server/shared_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// Of one round; what is wished for beyond comes in the next.
constexpr size_t kMostQuestions = 16;
// From the start to what Redis says, before this gateway goes on without it.
constexpr absl::Duration kFirstWord = absl::Milliseconds(50);
// After the time that a 429 asks for, what it says of the rate has passed, too.
constexpr int64_t kLongestNews = 60 * kSecond;

int64_t WholeMilliseconds(int64_t nanoseconds) { return (nanoseconds + kMillisecond - 1) / kMillisecond; }

}  // namespace

struct SharedLimits::Redis {
  Redis(SharedLimits& owner, Options options, Randomness& randomness)
      : first(owner.loop_),
        next(owner.loop_),
        held(owner.loop_),
        watched(owner.loop_, std::move(options.redis), SharedBuckets::Probe(options.prefix), randomness,
                [&owner](const WatchedRedis::Change& change) { owner.Changed(change); }),
        buckets(watched, options.prefix) {}

  Alarm first;  // When Redis should have been heard of.
  Alarm next;   // When the limiter has something to wish for.
  Alarm held;   // When calls may not be held any longer.
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
  // Full buckets would be a burst more at each start.
  limiter_.Use(Supply::kLeased, fallback_share_, clock_.Steady());
  turnstile_.UseLessor(this);
  loop_.Post([this, &randomness, options = std::move(options)]() mutable {
    redis_ = std::make_unique<Redis>(*this, std::move(options), randomness);
    redis_->first.Set(kFirstWord, [this] { UseSupply(Supply::kAlone); });
  });
}

SharedLimits::~SharedLimits() {
  turnstile_.UseLessor(nullptr);
  loop_.Post([this] { redis_.reset(); });
  loop_.Flush();
  // What ran before that may have posted more.
  loop_.Flush();
}

void SharedLimits::Use(const LimitNames& names, const RateLimits& limits) {
  loop_.Post([this, &names, &limits] {
    names_ = names;
    limits_ = limits;
  });
  loop_.Flush();
}

void SharedLimits::Wanted() {
  if (!posted_.exchange(true)) loop_.Post([this] { Ask(); });
}

void SharedLimits::Throttled(uint32_t account, Instant began, absl::Duration retry_after) {
  const Instant open = Later(clock_.Steady(), absl::ToInt64Nanoseconds(retry_after));
  loop_.Post([this, account, began, open] {
    Remember(account, {began, open});
    Ask();
  });
}

void SharedLimits::Remember(uint32_t account, const Throttle& throttle) {
  Throttle& known = throttles_[account];
  known = {std::max(known.began, throttle.began), std::max(known.open, throttle.open)};
}

void SharedLimits::Changed(const WatchedRedis::Change& change) {
  if (redis_ != nullptr) redis_->first.Stop();
  UseSupply(change.available ? Supply::kLeased : Supply::kAlone);
  observer_(change);
}

void SharedLimits::UseSupply(Supply supply) {
  limiter_.Use(supply, fallback_share_, clock_.Steady());
  limiter_.ForgetWishes();
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
  ++questions_;  // Until all of the round is asked.
  bool asked = false;
  for (size_t i = 0; i < kMostQuestions; ++i) {
    Throttles throttles = TakeThrottles(now);
    std::vector<LeaseWish> wishes = limiter_.Wishes(now, SharedBuckets::kMostRequests - throttles.size());
    if (wishes.empty() && throttles.empty()) break;
    AskFor(std::move(throttles), std::move(wishes), now);
    asked = true;
  }
  if (asked) return EndQuestion();
  --questions_;
  WatchWishes();
}

SharedLimits::Throttles SharedLimits::TakeThrottles(Instant now) {
  Throttles taken;
  while (!throttles_.empty() && taken.size() < SharedBuckets::kMostRequests / 2) {
    auto throttle = throttles_.extract(throttles_.begin());
    const uint32_t account = throttle.key();
    const bool limited = account < limits_.accounts.size() && limits_.accounts[account].limit.exists();
    // One that could not be told in time has nothing to say any more.
    if (limited && Later(throttle.mapped().open, kLongestNews) > now) taken.insert(std::move(throttle));
  }
  return taken;
}

void SharedLimits::AskFor(Throttles throttles, std::vector<LeaseWish> wishes, Instant now) {
  std::vector<LeaseRequest> requests;
  for (const auto& [account, throttle] : throttles) {
    requests.push_back(
        RequestFor({LimitKind::kAccount, account, 0}, limits_.accounts[account].limit, /*tokens=*/0));
    requests.back().throttle = {
        .attempt_age_ms = WholeMilliseconds(now - throttle.began),
        .retry_after_ms = WholeMilliseconds(std::max<int64_t>(throttle.open - now, 0))};
  }
  for (const LeaseWish& wish : wishes) requests.push_back(RequestFor(wish.key, wish.limit, wish.tokens));
  ++questions_;
  redis_->buckets.Ask(requests, [this, throttles = std::move(throttles), wishes = std::move(wishes)](
                                    const absl::StatusOr<std::vector<LeaseAnswer>>& answers) {
    if (answers.ok()) {
      TakeGrants(wishes, std::span(*answers).subspan(throttles.size()));
    } else {
      failed_ = true;
      for (const auto& [account, throttle] : throttles) Remember(account, throttle);
    }
    EndQuestion();
  });
}

void SharedLimits::TakeGrants(const std::vector<LeaseWish>& wishes, std::span<const LeaseAnswer> answers) {
  const Instant now = clock_.Steady();
  for (size_t i = 0; i < wishes.size(); ++i) {
    const LeaseKey& key = wishes[i].key;
    const Instant next_free = Later(now, answers[i].next_free_ms * kMillisecond);
    limiter_.Grant(key, answers[i].tokens, next_free, now, answers[i].share);
    if (key.kind == LimitKind::kAccount) turnstile_.Advance(key.place);
  }
}

void SharedLimits::EndQuestion() {
  if (--questions_ > 0 || redis_ == nullptr) return;
  const bool failed = std::exchange(failed_, false);
  if (failed) limiter_.ForgetWishes();
  turnstile_.DecideHeld();
  WatchHeld();
  WatchWishes();
  // What came meanwhile; after a failure Changed asks again.
  if (!failed && !throttles_.empty()) Wanted();
}

void SharedLimits::WatchWishes() {
  const Instant now = clock_.Steady();
  const Instant due = limiter_.NextWish();
  if (due != kNever) redis_->next.Set(absl::Nanoseconds(std::max<int64_t>(due - now, 0)), [this] { Ask(); });
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
  const bool is_account = key.kind == LimitKind::kAccount;
  request.key = Cat(kLimitNames[static_cast<size_t>(key.kind)], ":",
                    is_account ? names_.accounts[key.place] : names_.callers[key.place]);
  if (key.kind == LimitKind::kMethod) Append(&request.key, ":", names_.methods[key.method]);
  return request;
}

}  // namespace blooio::gateway
