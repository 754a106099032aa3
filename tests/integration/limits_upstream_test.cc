// Blooio's own limit, which nobody publishes: what a 429 does to the account, and
// where the gateway settles.
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>

#include "tests/integration/harness/crowd.h"
#include "tests/integration/limits_world.h"

namespace blooio::integration {
namespace {

constexpr char kRate[] = R"(blooio_gateway_account_rate_limit{account="main"})";

class UpstreamLimitTest : public LimitsWorld {};

TEST_F(UpstreamLimitTest, ClosesTheAccountForAsLongAsItAsksAndLowersItsRate) {
  options_.account = "rate_limit: { requests_per_second: 100, burst: 100 }, max_wait: 0s";
  Start();
  EXPECT_EQ(Metric(kRate), 100);
  sandbox_.Break({{"status", 429}, {"headers", {{"Retry-After", "7"}}}, {"body", ""}});
  EXPECT_EQ(Call("alpha").Reason(), "UPSTREAM_RATE_LIMITED");
  EXPECT_LT(Metric(kRate), 80);
  const Result refused = Call("alpha");
  EXPECT_EQ(refused.Reason(), "ACCOUNT_RATE_LIMITED") << refused;
  const auto retry = refused.Only<google::rpc::RetryInfo>();
  ASSERT_TRUE(retry.has_value()) << refused;
  EXPECT_GE(retry->retry_delay().seconds(), 5) << refused;
  EXPECT_LE(retry->retry_delay().seconds(), 9) << refused;
  EXPECT_EQ(sandbox_.Requests().size(), 1u);
  EXPECT_EQ(Metric(R"(blooio_gateway_limit_refusals_total{limit="account",shortage="closed"})"), 1);
}

TEST_F(UpstreamLimitTest, ClosesAnAccountWithoutARateToo) {
  options_.account = "max_wait: 0s";
  Start();
  sandbox_.LimitRate(1, 1);
  EXPECT_EQ(Call("alpha").code, google::rpc::OK);
  EXPECT_EQ(Call("alpha").Reason(), "UPSTREAM_RATE_LIMITED");
  EXPECT_EQ(Call("alpha").Reason(), "ACCOUNT_RATE_LIMITED");
  EXPECT_EQ(sandbox_.CountRate().refused, 1);
  // When it opens again, Blooio has a token too.
  options_.account = "max_wait: 5s";
  Reload();
  EXPECT_EQ(Call("alpha").code, google::rpc::OK);
}

TEST_F(UpstreamLimitTest, AUsedUpQuotaIsNoRate) {
  options_.account = "rate_limit: { requests_per_second: 100, burst: 100 }, max_wait: 0s";
  Start();
  sandbox_.Break({{"status", 429},
                  {"headers", {{"Retry-After", "7"}, {"Content-Type", "application/json"}}},
                  {"body", R"({"error":"ApiError","code":"outbound_limit_reached","status":429})"}});
  EXPECT_EQ(Call("alpha").Reason(), "UPSTREAM_QUOTA_EXHAUSTED");
  EXPECT_EQ(Metric(kRate), 100);
  EXPECT_EQ(Call("alpha").code, google::rpc::OK);
}

// A Blooio that allows 200 a second, and a gateway that was told another rate.
struct Pair {
  explicit Pair(int configured) {
    sandbox.LimitRate(kAllowed, kAllowed / 2);
    GatewayOptions options;
    options.account =
        absl::StrCat("rate_limit: { requests_per_second: ", configured, ", burst: ", configured / 10, " }");
    options.flags = {"--log-level", "error"};
    gateway = std::make_unique<GatewayServer>(Stack::Towards(sandbox, options));
    crowd = std::make_unique<Crowd>(std::vector{gateway->address()},
                                    std::vector{CrowdMember{.at_once = 24, .pause = absl::Milliseconds(20)}});
  }

  static constexpr int kAllowed = 200;
  SandboxServer sandbox;
  std::unique_ptr<GatewayServer> gateway;
  std::unique_ptr<Crowd> crowd;
};

// All at once, because it takes its time: the rate that was refused is approached
// again within a minute.
TEST(SettlingTest, BelowOnePercentAreRefusedAtNearlyAllThatBlooioAllows) {
  constexpr absl::Duration kSettle = absl::Seconds(50);
  constexpr absl::Duration kMeasure = absl::Seconds(20);
  struct Settled {
    int configured;
    std::unique_ptr<Pair> pair;
    absl::Time began;
    SandboxServer::RateCounts before;
  };
  std::vector<Settled> all;
  for (const int configured : {200, 400, 800}) {
    all.push_back({configured, std::make_unique<Pair>(configured), {}, {}});
  }
  all.front().pair->crowd->RunFor(kSettle);
  for (Settled& one : all) {
    one.began = absl::Now();
    one.before = one.pair->sandbox.CountRate();
  }
  all.front().pair->crowd->RunFor(kMeasure);
  for (Settled& one : all) {
    const absl::Time now = absl::Now();
    const SandboxServer::RateCounts after = one.pair->sandbox.CountRate();
    const auto allowed = static_cast<double>(after.allowed - one.before.allowed);
    const auto refused = static_cast<double>(after.refused - one.before.refused);
    EXPECT_LT(refused, 0.01 * (allowed + refused)) << "configured: " << one.configured;
    EXPECT_EQ(one.before.refused > 0, one.configured > Pair::kAllowed) << "or there was nothing to settle";
    const std::vector<CrowdCall> calls = one.pair->crowd->End();
    const double seconds = absl::ToDoubleSeconds(Awake(calls, one.began, now));
    EXPECT_GE(allowed, 0.95 * Pair::kAllowed * seconds) << "configured: " << one.configured;
    EXPECT_EQ(Count(calls, "UPSTREAM_RATE_LIMITED"), one.pair->sandbox.CountRate().refused) << Summary(calls);
  }
}

}  // namespace
}  // namespace blooio::integration
