// A shared account and one of a single gateway learn the same from the same 429s.
#include <gmock/gmock.h>

#include <random>

#include "service/ratelimit/bucket.h"
#include "service/ratelimit/feedback.h"
#include "tests/unit/redis/lease_fixture.h"

namespace blooio::gateway {
namespace {

using LeaseFeedback = LeaseFixture;

// An account as AccountLimiter keeps it; times are nanoseconds.
class OwnAccount {
 public:
  explicit OwnAccount(const Limit& limit) : limit_(limit) {}

  void Catch(Instant now) {
    while (feedback_.next_rise() <= now) {
      bucket_.Settle(pace(), feedback_.next_rise());
      feedback_.Rise();
    }
    bucket_.Settle(pace(), now);
  }
  void Throttled(Instant now, Instant started, int64_t retry_after) {
    feedback_.Throttled(now, started, retry_after);
    bucket_.CloseUntil(pace(), feedback_.closed_until());
  }
  void SpendAll(Instant now) { bucket_.Spend(pace(), now, bucket_.Stock(pace(), now)); }
  int share() const { return feedback_.share(); }
  int64_t stock(Instant now) const { return static_cast<int64_t>(bucket_.Stock(pace(), now) / pace().token); }

 private:
  Pace pace() const { return Pace::Of(limit_, feedback_.share()); }

  const Limit limit_;
  Bucket bucket_;
  Feedback feedback_;
};

TEST_F(LeaseFeedback, AgreesWithThatOfASingleGateway) {
  // Never full again, so that Redis, whose own clock decides that, never forgets it.
  const TestLimit limit = {1000, kSecond, 1'000'000'000};
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto up_to = [&random](int64_t most) {
      return std::uniform_int_distribution<int64_t>(0, most)(random);
    };
    redis_->Say({"FLUSHALL"});
    OwnAccount own({.rate = {limit.tokens, limit.period * kNanoseconds}, .burst = limit.burst});
    int64_t now = kStart;
    Ask(limit, limit.burst, now);
    own.SpendAll(now * kNanoseconds);
    for (int i = 0; i < 200; ++i) {
      // Bursts of 429s, ones that come every so often, and long silence.
      const int64_t kPauses[] = {50, 3'000, 100'000, 400'000};
      now += up_to(kPauses[up_to(3)]) * kMillisecond;
      own.Catch(now * kNanoseconds);
      if (up_to(2) > 0) {
        const int64_t age_ms = up_to(3'000);
        const int64_t retry_after_ms = up_to(5) == 0 ? up_to(60'000) : up_to(1) * 1'000;
        own.Throttled(now * kNanoseconds, (now - age_ms * kMillisecond) * kNanoseconds,
                      retry_after_ms * kMillisecond * kNanoseconds);
        ASSERT_EQ(Throttle(limit, age_ms, retry_after_ms, now).share, own.share()) << i;
      } else {
        ASSERT_EQ(Ask(limit, 0, now).share, own.share()) << i;
      }
      ASSERT_NEAR(Stock(limit, now), own.stock(now * kNanoseconds), 1) << i;
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
