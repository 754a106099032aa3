// A gateway that leases its tokens from a test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {

inline constexpr LimitKind kKinds[] = {LimitKind::kAccount, LimitKind::kCaller, LimitKind::kMethod};
inline constexpr LimitKind kOwnKinds[] = {LimitKind::kCaller, LimitKind::kMethod};
inline constexpr int64_t kDay = 86'400 * kSecond;

// A gateway whose only limit is leased.
struct Leased : Driver {
  explicit Leased(LimitKind kind, Limit limit = PerSecond(100, 50)) : Driver(Only(kind, limit)), key{kind} {
    Use(Supply::kLeased);
  }
  void Use(Supply supply, int share = kWhole) { limiter.Use(supply, share, now); }
  // What it asks for now; 0: nothing.
  int64_t Wish() {
    const auto wishes = limiter.Wishes(now, 10);
    if (wishes.empty()) return 0;
    EXPECT_EQ(wishes.size(), 1u);
    EXPECT_EQ(wishes[0].key, key);
    return wishes[0].tokens;
  }
  void Grant(int64_t tokens, Instant next_free = 0) {
    limiter.Grant(key, tokens, next_free, now);
    Turn();
  }
  int64_t Left() { return limiter.Peek(key.kind, {}, now).numbers.remaining; }

  LeaseKey key;
};

}  // namespace blooio::gateway
