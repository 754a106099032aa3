// Several gateways that share their limits in a real Redis: together they let through
// what one would, and each its part while Redis is away.
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/crowd.h"
#include "tests/integration/harness/observed.h"
#include "tests/integration/harness/redis_server.h"
#include "tests/integration/harness/sanitized.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kShared[] = "blooio_gateway_limits_shared";
constexpr double kRate = 400;
// A quarter of a second's worth, so that a machine may stand still for that long.
constexpr double kBurst = 100;

std::string RateLimit() {
  return absl::StrCat("rate_limit: { requests_per_second: ", kRate, ", burst: ", kBurst, " }");
}

// A Blooio that allows everything, a Redis, and gateways with the same limits.
class ReplicasTest : public ::testing::Test {
 protected:
  void Start(int replicas, const std::string& account, const std::string& caller,
             const std::string& redis = "") {
    GatewayOptions options;
    options.account = account;
    options.anonymous = false;
    options.flags = {"--log-level", "error"};
    options.sections =
        absl::StrCat("http: { listen: '127.0.0.1:0' }\nredis: { address: '", redis_.address(),
                     "', replicas: ", replicas, redis, " }\ncallers:\n  - { name: alpha, token_sha256: [",
                     token_.digest, "], accounts: [main], methods: ['*'], ", caller, " }\n");
    options.files = {{"password", password_ + "\n"}};
    for (int i = 0; i < replicas; ++i) {
      gateways_.push_back(std::make_unique<GatewayServer>(Stack::Towards(sandbox_, options)));
    }
  }
  void AwaitShared(double shared) { Await(kShared, shared); }
  // Of all gateways.
  void Await(const std::string& sample, double value) {
    for (const auto& gateway : gateways_) {
      const absl::Time until = absl::Now() + kPatience;
      while (Scrape(*gateway)[sample] != value && absl::Now() < until) {
      }
      ASSERT_EQ(Scrape(*gateway)[sample], value) << gateway->process().err();
    }
  }
  std::vector<std::string> Addresses() const {
    std::vector<std::string> addresses;
    for (const auto& gateway : gateways_) addresses.push_back(gateway->address());
    return addresses;
  }
  // Wants more than there is: on all gateways alike, or on the first alone.
  CrowdMember Hungry(bool skewed) const {
    CrowdMember member{.token = token_, .at_once = 128, .pause = absl::Milliseconds(10)};
    if (skewed) {
      member.gateways = {0};
    } else {
      member.at_once /= static_cast<int>(gateways_.size());
    }
    return member;
  }

  static constexpr char kPassword[] = "a-secret-that-nobody-prints";

  SandboxServer sandbox_;
  RedisServer redis_{{absl::StrCat("user gateway on >", kPassword, " ~* &* +@all")}};
  std::string password_ = kPassword;
  const CallerToken token_;
  std::vector<std::unique_ptr<GatewayServer>> gateways_;
};

struct Row {
  const char* name;
  int replicas;
  // Of the account or the caller.
  bool account;
  bool skewed;
};

class SharedTest : public ReplicasTest, public ::testing::WithParamInterface<Row> {};

TEST_P(SharedTest, TogetherTheyLetThroughWhatOneWould) {
  const Row& row = GetParam();
  Start(row.replicas, row.account ? RateLimit() : "", row.account ? "" : RateLimit());
  AwaitShared(1);
  constexpr absl::Duration kTime = absl::Seconds(3);
  const absl::Time began = absl::Now();
  Crowd crowd(Addresses(), {Hungry(row.skewed)});
  crowd.RunFor(kTime);
  const std::vector<CrowdCall> calls = crowd.End();
  const absl::Duration whole = absl::Now() - began;
  const auto admitted = static_cast<double>(Count(calls, "OK"));
  EXPECT_LE(admitted, 1.05 * (kBurst + kRate * absl::ToDoubleSeconds(whole))) << Summary(calls);
  const absl::Duration awake = Awake(calls, began, began + kTime);
  const double least = kSanitized ? 1 : 0.95 * (kBurst + kRate * absl::ToDoubleSeconds(awake));
  EXPECT_GE(admitted, least) << Summary(calls);
  const int64_t refused = Count(calls, row.account ? "ACCOUNT_RATE_LIMITED" : "CALLER_RATE_LIMITED");
  EXPECT_EQ(Count(calls, "OK") + refused, static_cast<int64_t>(calls.size())) << Summary(calls);
  EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(Replicas, SharedTest,
                         ::testing::Values(Row{"Account1", 1, true, false}, Row{"Account2", 2, true, false},
                                           Row{"Account4", 4, true, false}, Row{"Account8", 8, true, false},
                                           Row{"AccountSkewed4", 4, true, true},
                                           Row{"Caller1", 1, false, false}, Row{"Caller4", 4, false, false},
                                           Row{"Caller8", 8, false, false},
                                           Row{"CallerSkewed4", 4, false, true}),
                         [](const auto& row) { return std::string(row.param.name); });

// What becomes of Redis, and how it comes back.
struct Outage {
  const char* name;
  void (RedisServer::*strike)();
  void (RedisServer::*mend)();
  const char* kind;
  bool skewed;
};

class OutageTest : public ReplicasTest, public ::testing::WithParamInterface<Outage> {};

TEST_P(OutageTest, EachGoesOnWithItsPartUntilRedisIsBack) {
  const Outage& row = GetParam();
  constexpr int kReplicas = 4;
  Start(kReplicas, RateLimit(), "");
  AwaitShared(1);
  const absl::Time began = absl::Now();
  Crowd crowd(Addresses(), {Hungry(row.skewed)});
  crowd.RunFor(absl::Seconds(1));

  // On a busy machine Redis may have been late before.
  AwaitShared(1);
  const std::string troubles =
      absl::StrCat("blooio_gateway_redis_troubles_total{kind=\"", row.kind, "\",use=\"limits\"}");
  std::vector<double> before;
  for (const auto& gateway : gateways_) before.push_back(Scrape(*gateway)[troubles]);
  (redis_.*row.strike)();
  AwaitShared(0);
  for (const auto& gateway : gateways_) {
    ASSERT_TRUE(gateway->process().WaitForError("shared_limits_lost", kPatience));
  }
  const absl::Time away = absl::Now();
  crowd.RunFor(absl::Seconds(2));
  for (size_t i = 0; i < gateways_.size(); ++i) {
    EXPECT_GE(Scrape(*gateways_[i])[troubles], before[i] + 1);
  }
  const absl::Time back = absl::Now();
  (redis_.*row.mend)();
  AwaitShared(1);
  const absl::Time shared = absl::Now();
  crowd.RunFor(absl::Seconds(1));
  const absl::Time ending = absl::Now();
  const std::vector<CrowdCall> calls = crowd.End();
  const absl::Time ended = absl::Now();

  const auto admitted = [&](absl::Time from, absl::Time to) {
    return static_cast<double>(CountIf(calls, [&](const CrowdCall& call) {
      return call.what == "OK" && call.ended >= from && call.ended < to;
    }));
  };
  const auto rated = [](absl::Duration time) { return kRate * absl::ToDoubleSeconds(time); };
  const double part = row.skewed ? 1.0 / kReplicas : 1.0;
  EXPECT_LE(admitted(away, back), part * (1.05 * rated(back - away) + kBurst)) << "the sum of their shares";
  const auto least = [&](absl::Time from, absl::Time to) {
    return kSanitized ? 1 : 0.9 * rated(Awake(calls, from, to));
  };
  EXPECT_GE(admitted(away, back), part * least(away, back)) << "calls go on";
  EXPECT_GE(admitted(shared, ending), least(shared, ending)) << "together again";
  // Redis comes back with a full bucket, and those that have found it share the whole
  // rate while the others still have their parts.
  EXPECT_LE(admitted(began, ended), 1.05 * rated(ended - began) + 2 * kBurst + rated(shared - back));
  EXPECT_EQ(Count(calls, "OK") + Count(calls, "ACCOUNT_RATE_LIMITED"), static_cast<int64_t>(calls.size()))
      << Summary(calls);
  absl::Duration longest;
  for (const CrowdCall& call : calls) longest = std::max(longest, call.ended - call.began);
  EXPECT_LT(longest, absl::Seconds(10)) << "nobody waits for Redis";
}

INSTANTIATE_TEST_SUITE_P(
    Redis, OutageTest,
    ::testing::Values(Outage{"Killed", &RedisServer::Kill, &RedisServer::Restart, "connection", false},
                      Outage{"Paused", &RedisServer::Pause, &RedisServer::Resume, "timeout", false},
                      Outage{"KilledSkewed", &RedisServer::Kill, &RedisServer::Restart, "connection", true}),
    [](const auto& row) { return std::string(row.param.name); });

class RedisTest : public ReplicasTest {};

TEST_F(RedisTest, ARestartIsNoOutageForLong) {
  Start(2, RateLimit(), "");
  AwaitShared(1);
  Crowd crowd(Addresses(), {Hungry(/*skewed=*/false)});
  crowd.RunFor(absl::Milliseconds(500));
  redis_.Restart();
  for (const auto& gateway : gateways_) {
    ASSERT_TRUE(gateway->process().WaitForError("shared_limits_lost", kPatience));
  }
  AwaitShared(1);
  const std::vector<CrowdCall> calls = crowd.End();
  EXPECT_EQ(Count(calls, "OK") + Count(calls, "ACCOUNT_RATE_LIMITED"), static_cast<int64_t>(calls.size()))
      << Summary(calls);
}

TEST_F(RedisTest, ThatIsNotThereKeepsNobodyFromStarting) {
  redis_.Kill();
  Start(2, RateLimit(), "");
  AwaitShared(0);
  v4::ListGroupsResponse reply;
  const Caller caller(gateways_[0]->address());
  EXPECT_EQ(caller.Call(v4::ListGroupsRequest(), &reply, {.metadata = {token_.metadata()}}).code,
            google::rpc::OK);
  redis_.Restart();
  AwaitShared(1);
}

TEST_F(RedisTest, HasAUserAndAPassword) {
  password_ = "of-old";
  Start(1, RateLimit(), "", ", user: gateway, password_file: password");
  EXPECT_TRUE(gateways_[0]->process().WaitForError("password", kPatience)) << "is what is wrong";
  AwaitShared(0);
  // Read again at each connection.
  gateways_[0]->Replace("password", kPassword);
  AwaitShared(1);
  gateways_[0]->Replace("password", "of-late");
  redis_.Restart();
  Await(R"(blooio_gateway_redis_troubles_total{kind="refused",use="limits"})", 2);
  EXPECT_EQ(gateways_[0]->Stop(), 0);
  EXPECT_THAT(gateways_[0]->process().err(), Not(HasSubstr(kPassword)));
}

}  // namespace
}  // namespace blooio::integration
