#include "service/server/shared_limits.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "tests/unit/redis/redis_client.h"
#include "tests/unit/redis/redis_process.h"

namespace blooio::gateway {
namespace {

// A gateway's limits: one account, `main`, and one caller, `billing`.
class Member {
 public:
  // Patient but where lateness is tested: the machine may be busy.
  Member(const RedisAddress& address, const RateLimits& limits, absl::Duration patience = absl::Seconds(30))
      : turnstile_(limiter_, SystemClock(), loop_, patience),
        shared_(loop_, limiter_, turnstile_, SystemClock(), SystemRandomness(),
                {.redis = {.address = address, .answer_within = patience},
                 .prefix = "test:",
                 .fallback_share = 0.5},
                [this](const WatchedRedis::Change& change) { changes_.Add(change.available); }) {
    turnstile_.Configure(limits);
    shared_.Use({.accounts = {"main"}, .callers = {"billing"}, .methods = {""}}, limits);
  }

  // Waits until Redis is of use, or not, after so many changes; returns how many there were.
  size_t Await(bool available, size_t after = 0) {
    return changes_.AwaitOne([=](bool change) { return change == available; }, after) + 1;
  }

  // What becomes of so many calls that come at once.
  std::vector<Decision> Enter(size_t calls) {
    std::vector<std::shared_ptr<Entered>> all;
    for (size_t i = 0; i < calls; ++i) {
      all.push_back(std::make_shared<Entered>());
      Call call;
      call.waiter = all.back().get();
      const Decision decision = turnstile_.Enter(call, all.back());
      if (decision.outcome != Outcome::kWait) all.back()->Proceed(decision);
    }
    std::vector<Decision> decisions;
    for (const auto& each : all) decisions.push_back(each->decision.get_future().get());
    return decisions;
  }
  size_t Admitted(size_t calls) {
    size_t admitted = 0;
    for (const Decision& decision : Enter(calls)) admitted += decision.outcome == Outcome::kStart ? 1 : 0;
    return admitted;
  }
  void Throttled(absl::Duration retry_after) { turnstile_.Throttled(0, SystemClock().Steady(), retry_after); }
  double Rate() { return limiter_.Peek(LimitKind::kAccount, {}, SystemClock().Steady()).numbers.rate; }

 private:
  struct Entered final : Waiter {
    void Waits(uint64_t) override {}
    void Proceed(const Decision& what) override { decision.set_value(what); }
    std::promise<Decision> decision;
  };

  Heard<bool> changes_;
  EventLoop loop_;
  RateLimiter limiter_;
  Turnstile turnstile_;
  SharedLimits shared_;
};

// So slow that nothing is earned while a test runs.
constexpr Rate kTwoADay = {2, 86'400 * kSecond};

RateLimits AccountOf(int64_t burst) {
  return {.accounts = {{.limit = {.rate = kTwoADay, .burst = burst}}}, .callers = {{}}};
}
RateLimits CallerOf(int64_t burst) {
  return {.accounts = {{}}, .callers = {{.limit = {.rate = kTwoADay, .burst = burst}}}};
}

TEST(SharedLimits, TwoGatewaysHaveOneBurst) {
  for (const RateLimits& limits : {AccountOf(20), CallerOf(20)}) {
    RedisProcess redis;
    Member one(redis.address(), limits), other(redis.address(), limits);
    one.Await(true);
    other.Await(true);
    EXPECT_EQ(one.Admitted(15), 15u);
    EXPECT_EQ(other.Admitted(15), 5u);
    EXPECT_EQ(one.Admitted(15), 0u);
  }
}

TEST(SharedLimits, ACallersCallsAreHeldForTokensAndNotRefused) {
  RedisProcess redis;
  Member member(redis.address(), CallerOf(1000));
  member.Await(true);
  EXPECT_EQ(member.Admitted(1), 1u);
  EXPECT_EQ(member.Admitted(999), 999u);
  EXPECT_EQ(member.Admitted(1), 0u);
}

TEST(SharedLimits, OneOnItsOwnHasItsShare) {
  Member member({.host = "127.0.0.1", .port = 1}, AccountOf(20));
  member.Await(false);
  EXPECT_EQ(member.Admitted(30), 10u);
}

TEST(SharedLimits, ARedisThatHangsHoldsNobodyUpAndComesBack) {
  RedisProcess redis;
  Member member(redis.address(), CallerOf(1000), absl::Milliseconds(50));
  size_t changes = member.Await(true);
  redis.Pause();
  // Every one has an answer, whatever it is.
  EXPECT_EQ(member.Enter(600).size(), 600u);
  changes = member.Await(false, changes);
  redis.Resume();
  member.Await(true, changes);
}

TEST(SharedLimits, ARedisThatIsGoneComesBack) {
  RedisProcess redis;
  Member member(redis.address(), AccountOf(20));
  size_t changes = member.Await(true);
  redis.Kill();
  changes = member.Await(false, changes);
  redis.Start();
  member.Await(true, changes);
  EXPECT_EQ(member.Admitted(30), 20u);
}

TEST(SharedLimits, OneGateways429IsEverybodys) {
  RedisProcess redis;
  RateLimits limits;
  limits.accounts = {{.limit = {.rate = {1000}, .burst = 1000}, .max_wait = 0}};
  limits.callers = {{}};
  Member one(redis.address(), limits), other(redis.address(), limits);
  one.Await(true);
  other.Await(true);
  one.Throttled(absl::Hours(1));
  // Until the news has come around, it may have some tokens left.
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while (other.Rate() > 999 && absl::Now() < patience) other.Admitted(1);
  EXPECT_EQ(other.Rate(), 700);
  EXPECT_EQ(one.Admitted(1), 0u);
}

}  // namespace
}  // namespace blooio::gateway
