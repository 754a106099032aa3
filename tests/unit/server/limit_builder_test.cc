#include "service/server/limit_builder.h"

#include <gtest/gtest.h>

#include "service/config/defaults.h"

namespace blooio::gateway {
namespace {

void SetRate(v1::RateLimitConfig& limit, double per_second, double burst) {
  limit.set_requests_per_second(per_second);
  limit.set_burst(burst);
}

v1::GatewayConfig Config(const std::vector<std::string>& accounts, const std::vector<std::string>& callers) {
  v1::GatewayConfig config;
  for (const std::string& name : accounts) {
    ApplyDefaults(config.add_accounts());
    config.mutable_accounts()->rbegin()->set_name(name);
  }
  for (const std::string& name : callers) {
    ApplyDefaults(config.add_callers());
    config.mutable_callers()->rbegin()->set_name(name);
  }
  return config;
}

TEST(LimitBuilder, ReadsEverything) {
  v1::GatewayConfig config = Config({"main", "other"}, {"billing", "alerts"});
  v1::AccountConfig& main = *config.mutable_accounts(0);
  SetRate(*main.mutable_rate_limit(), 50, 100);
  main.mutable_rate_limit()->set_shadow(true);
  main.set_max_in_flight(256);
  main.mutable_max_wait()->set_seconds(1);
  main.set_max_waiting(7);
  main.set_interactive_reserve(0.25);
  v1::CallerConfig& billing = *config.mutable_callers(0);
  billing.mutable_rate_limit()->set_requests(7);
  billing.mutable_rate_limit()->mutable_per()->set_seconds(86400);
  billing.mutable_rate_limit()->set_burst(3);
  billing.set_max_in_flight(9);
  billing.set_weight(5);
  v1::MethodLimitConfig& method = *billing.add_method_limits();
  method.set_method("a.B/C");
  SetRate(*method.mutable_rate_limit(), 0.5, 2);
  config.mutable_callers(1)->set_priority("interactive");
  v1::MethodCostConfig& cost = *config.add_method_costs();
  cost.set_method("a.B/D");
  cost.set_cost(4);

  LimitBuilder builder;
  const RateLimits limits = builder.Build(config);
  ASSERT_EQ(limits.accounts.size(), 2u);
  const AccountLimits& account = limits.accounts[builder.AccountPlace("main")];
  EXPECT_EQ(account.limit.rate.tokens, 50);
  EXPECT_EQ(account.limit.rate.period, kSecond);
  EXPECT_EQ(account.limit.burst, 100);
  EXPECT_TRUE(account.limit.shadow);
  EXPECT_EQ(account.most_in_flight, 256);
  EXPECT_EQ(account.max_wait, 1250 * kMillisecond);
  EXPECT_EQ(account.most_waiting, 7u);
  EXPECT_EQ(account.reserve, 250);
  EXPECT_FALSE(limits.accounts[builder.AccountPlace("other")].limit.exists());
  EXPECT_EQ(limits.accounts[builder.AccountPlace("other")].max_wait, 250 * kMillisecond);

  ASSERT_EQ(limits.callers.size(), 3u);
  const CallerLimits& caller = limits.callers[builder.CallerPlace("billing")];
  EXPECT_EQ(caller.limit.rate.tokens, 7);
  EXPECT_EQ(caller.limit.rate.period, 86400 * kSecond);
  EXPECT_EQ(caller.limit.burst, 3);
  EXPECT_EQ(caller.most_in_flight, 9);
  EXPECT_EQ(caller.share.weight, 5);
  EXPECT_FALSE(caller.share.interactive);
  EXPECT_TRUE(limits.callers[builder.CallerPlace("alerts")].share.interactive);
  EXPECT_EQ(limits.callers[builder.CallerPlace("anonymous")].share.weight, 1);

  const auto terms = builder.ReadMethodTerms(config);
  ASSERT_EQ(terms.size(), 2u);
  EXPECT_EQ(terms.at("a.B/C").cost, 1);
  EXPECT_EQ(terms.at("a.B/D").cost, 4);
  EXPECT_EQ(terms.at("a.B/D").place, 0u);
  ASSERT_NE(caller.methods, nullptr);
  EXPECT_EQ(caller.methods->at(terms.at("a.B/C").place).rate.tokens, 1);
  EXPECT_EQ(caller.methods->at(terms.at("a.B/C").place).rate.period, 2 * kSecond);
  EXPECT_FALSE(caller.methods->at(0).exists());
}

TEST(LimitBuilder, EverybodyKeepsTheirPlace) {
  LimitBuilder builder;
  v1::GatewayConfig config = Config({"a", "b"}, {"x", "y"});
  SetRate(*config.mutable_accounts(0)->mutable_rate_limit(), 1, 1);
  builder.Build(config);
  const uint32_t a = builder.AccountPlace("a"), b = builder.AccountPlace("b"), y = builder.CallerPlace("y"),
                 anonymous = builder.CallerPlace("anonymous");
  config = Config({"c", "b"}, {"z", "y"});
  const RateLimits limits = builder.Build(config);
  EXPECT_EQ(builder.AccountPlace("b"), b);
  EXPECT_EQ(builder.CallerPlace("y"), y);
  EXPECT_EQ(builder.CallerPlace("anonymous"), anonymous);
  ASSERT_EQ(limits.accounts.size(), 3u);
  EXPECT_FALSE(limits.accounts[a].limit.exists()) << "nobody has it any more";
  EXPECT_EQ(limits.callers.size(), 4u);
  const LimitNames names = builder.Names();
  EXPECT_EQ(names.accounts, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(names.callers, (std::vector<std::string>{"x", "y", "anonymous", "z"}));
  EXPECT_EQ(names.methods, (std::vector<std::string>{""}));
}

}  // namespace
}  // namespace blooio::gateway
