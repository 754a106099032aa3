// Several gateways that share their limits, on a clock that a test moves: requests to
// the shared buckets and their answers take as long as it says.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "service/ratelimit/bucket.h"
#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {

// What all gateways ask: exact, each bucket full at first.
class TokenSource {
 public:
  struct Answer {
    LeaseKey key;
    int64_t tokens;
    Instant next_free;
  };
  Answer Ask(const LeaseWish& wish, Instant now) {
    const Pace pace = Pace::Of(wish.limit);
    Bucket& bucket = buckets_[wish.key];
    const auto stock = [&] { return static_cast<int64_t>(bucket.Stock(pace, now) / pace.token); };
    const int64_t granted = std::clamp<int64_t>(wish.tokens, 0, stock());
    bucket.Deposit(pace, now, pace.token * std::max<int64_t>(-wish.tokens, 0));
    bucket.Spend(pace, now, pace.token * granted);
    granted_ += granted + std::min<int64_t>(wish.tokens, 0);
    const Units missing = pace.token - bucket.Stock(pace, now);
    return {wish.key, granted, Later(now, TimeToEarn(missing, pace.gain))};
  }
  // Less what was given back.
  int64_t granted() const { return granted_; }

 private:
  std::map<LeaseKey, Bucket> buckets_;
  int64_t granted_ = 0;
};

class Gateways {
 public:
  static constexpr int64_t kHold = Ms(50);

  struct Gateway {
    explicit Gateway(uint64_t seed) : limiter(seed) {}

    RateLimiter limiter;
    // Calls that got kLease, and since when.
    std::vector<std::pair<Call, Instant>> held;
    size_t waiting = 0;
    int64_t started = 0;
    int64_t refused = 0;
    int64_t longest_held = 0;
    // That each message takes; 0: up to 5 ms.
    int64_t one_way = 0;
  };

  Gateways(const RateLimits& limits, size_t count, unsigned seed) : random_(seed) {
    for (size_t i = 0; i < count; ++i) {
      all.push_back(std::make_unique<Gateway>(random_()));
      all.back()->limiter.Configure(limits, now);
    }
    Use(Supply::kLeased, kWhole);
  }
  void Use(Supply supply, int share) {
    for (auto& gateway : all) {
      gateway->limiter.Use(supply, share, now);
      DecideAgain(*gateway);
    }
  }

  Outcome Offer(Gateway& gateway, Call call) { return Offer(gateway, call, now); }
  // As many as the gateway takes, so that `most` wait or are held.
  void Saturate(Gateway& gateway, const Call& call, size_t most = 20) {
    while (gateway.waiting + gateway.held.size() < most && Offer(gateway, call) != Outcome::kRefuse) {
    }
  }

  // One step of the clock, and all that comes up in it.
  void Step() {
    now += step;
    for (auto& gateway : all) {
      if (away || gateway->limiter.NextWish() > now) continue;
      auto wishes = gateway->limiter.Wishes(now, 64);
      if (!wishes.empty())
        requests_.emplace(now + Delay(*gateway), Request{gateway.get(), std::move(wishes)});
    }
    while (!requests_.empty() && requests_.begin()->first <= now) {
      auto [time, request] = *requests_.begin();
      requests_.erase(requests_.begin());
      Reply reply{request.gateway, {}};
      for (const LeaseWish& wish : request.wishes) reply.answers.push_back(shared.Ask(wish, time));
      replies_.emplace(now + Delay(*request.gateway), std::move(reply));
    }
    while (!replies_.empty() && replies_.begin()->first <= now) {
      Reply reply = replies_.begin()->second;
      replies_.erase(replies_.begin());
      Take(reply);
    }
    for (auto& gateway : all) {
      if (!gateway->held.empty() && now - gateway->held.front().second >= kHold) DecideAgain(*gateway);
      Turn(*gateway);
    }
  }
  int64_t Started() const {
    int64_t sum = 0;
    for (const auto& gateway : all) sum += gateway->started;
    return sum;
  }

  std::vector<std::unique_ptr<Gateway>> all;
  TokenSource shared;
  Instant now = 1000 * kSecond;
  bool away = false;
  int64_t step = kMillisecond / 2;

 private:
  struct Request {
    Gateway* gateway;
    std::vector<LeaseWish> wishes;
  };
  struct Reply {
    Gateway* gateway;
    std::vector<TokenSource::Answer> answers;
  };

  int64_t Delay(const Gateway& gateway) {
    return gateway.one_way > 0 ? gateway.one_way : static_cast<int64_t>(random_() % 5'000'000);
  }
  Outcome Offer(Gateway& gateway, Call call, Instant since) {
    call.leased = now - since >= kHold;
    const Decision decision = gateway.limiter.Decide(call, now);
    switch (decision.outcome) {
      case Outcome::kStart:
        ++gateway.started;
        gateway.limiter.Finish(call);
        break;
      case Outcome::kWait:
        ++gateway.waiting;
        break;
      case Outcome::kLease:
        gateway.held.emplace_back(call, since);
        break;
      case Outcome::kRefuse:
        ++gateway.refused;
        break;
    }
    if (decision.outcome != Outcome::kLease) {
      gateway.longest_held = std::max(gateway.longest_held, now - since);
    }
    return decision.outcome;
  }
  void Take(const Reply& reply) {
    Gateway& gateway = *reply.gateway;
    for (const auto& [key, tokens, next_free] : reply.answers) {
      gateway.limiter.Grant(key, tokens, next_free, now);
    }
    DecideAgain(gateway);
  }
  void DecideAgain(Gateway& gateway) {
    for (const auto& [call, since] : std::exchange(gateway.held, {})) Offer(gateway, call, since);
    Turn(gateway);
  }
  void Turn(Gateway& gateway) {
    if (gateway.limiter.NextTurn(0, now) > now) return;
    for (const auto& turn : gateway.limiter.Advance(0, now)) {
      --gateway.waiting;
      const bool started = turn.decision.outcome == Outcome::kStart;
      ++(started ? gateway.started : gateway.refused);
      if (started) gateway.limiter.Finish({});
    }
  }

  std::mt19937 random_;
  std::multimap<Instant, Request> requests_;
  std::multimap<Instant, Reply> replies_;
};

}  // namespace blooio::gateway
