#include "service/config/validate_limits.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "service/config/config.h"

namespace blooio::gateway {
namespace {

constexpr char kSend[] = "blooio.v2.MessagesService/SendMessage";
constexpr char kList[] = "blooio.v4.GroupsService/ListGroups";

void SetRate(v1::RateLimitConfig& limit, double per_second, double burst) {
  limit.set_requests_per_second(per_second);
  limit.set_burst(burst);
}

// Every limit that there is.
v1::GatewayConfig Full() {
  // What is linked exists.
  (void)v2::SendMessageRequest::descriptor();
  (void)v4::ListGroupsRequest::descriptor();
  v1::GatewayConfig config = LocalConfig();
  SetRate(*config.mutable_accounts(0)->mutable_rate_limit(), 50, 100);
  v1::CallerConfig& caller = *config.add_callers();
  caller.set_priority("interactive");
  SetRate(*caller.mutable_rate_limit(), 20, 40);
  v1::MethodLimitConfig& method = *caller.add_method_limits();
  method.set_method(kSend);
  SetRate(*method.mutable_rate_limit(), 1, 10);
  v1::MethodCostConfig& cost = *config.add_method_costs();
  cost.set_method(kSend);
  cost.set_cost(5);
  config.mutable_redis()->set_address("127.0.0.1:6379");
  config.mutable_redis()->set_key_prefix("gateway:");
  return config;
}

v1::RateLimitConfig& AccountLimit(v1::GatewayConfig& config) {
  return *config.mutable_accounts(0)->mutable_rate_limit();
}

struct Row {
  std::string name;
  std::function<void(v1::GatewayConfig&)> change;
  std::string mistakes;
};

const std::vector<Row> kRows = {
    {"right as it is", [](auto&) {}, ""},
    {"slow rate",
     [](auto& c) {
       AccountLimit(c).clear_requests_per_second();
       AccountLimit(c).set_requests(1);
       AccountLimit(c).mutable_per()->set_seconds(86400);
     },
     ""},
    {"no rate", [](auto& c) { AccountLimit(c).clear_requests_per_second(); },
     "accounts[0].rate_limit: needs either requests_per_second, or requests and per"},
    {"both rates",
     [](auto& c) {
       AccountLimit(c).set_requests(1);
       AccountLimit(c).mutable_per()->set_seconds(1);
     },
     "accounts[0].rate_limit: needs either requests_per_second, or requests and per"},
    {"requests per nothing",
     [](auto& c) {
       AccountLimit(c).clear_requests_per_second();
       AccountLimit(c).set_requests(1);
     },
     "accounts[0].rate_limit: needs either requests_per_second, or requests and per"},
    {"too fast",
     [](auto& c) {
       AccountLimit(c).clear_requests_per_second();
       AccountLimit(c).set_requests(200'000);
       AccountLimit(c).mutable_per()->set_seconds(1);
     },
     "accounts[0].rate_limit: has to be at most 100000 requests a second, and at least one a day"},
    {"too slow", [](auto& c) { AccountLimit(c).set_requests_per_second(0.000001); },
     "accounts[0].rate_limit: has to be at most 100000 requests a second, and at least one a day"},
    {"half a token", [](auto& c) { AccountLimit(c).set_burst(10.5); },
     "accounts[0].rate_limit.burst: has to be a whole number"},
    {"a caller's rate", [](auto& c) { c.mutable_callers(0)->mutable_rate_limit()->set_burst(10.5); },
     "callers[0].rate_limit.burst: has to be a whole number"},
    {"a method's rate",
     [](auto& c) { c.mutable_callers(0)->mutable_method_limits(0)->mutable_rate_limit()->set_burst(10.5); },
     "callers[0].method_limits[0].rate_limit.burst: has to be a whole number"},
    {"a cost that no account can pay", [](auto& c) { AccountLimit(c).set_burst(9); },
     "accounts[0].rate_limit.burst: has to be at least 10, twice what a call costs by method_costs"},
    {"a cost that no caller can pay",
     [](auto& c) { c.mutable_callers(0)->mutable_rate_limit()->set_burst(9); },
     "callers[0].rate_limit.burst: has to be at least 10, twice what a call costs by method_costs"},
    {"a method that never costs so much",
     [](auto& c) {
       c.mutable_callers(0)->mutable_method_limits(0)->set_method(kList);
       c.mutable_callers(0)->mutable_method_limits(0)->mutable_rate_limit()->set_burst(1);
     },
     ""},
    {"no method", [](auto& c) { c.mutable_callers(0)->mutable_method_limits(0)->set_method("reads"); },
     "callers[0].method_limits[0].method: is no method of this gateway; write package.Service/Method"},
    {"a method twice",
     [](auto& c) {
       c.mutable_callers(0)->mutable_method_limits()->Add()->CopyFrom(c.callers(0).method_limits(0));
     },
     "callers[0].method_limits[1].method: is the same method as callers[0].method_limits[0].method"},
    {"no method to cost", [](auto& c) { c.add_method_costs()->set_method("blooio.v2.MessagesService/*"); },
     "method_costs[1].method: is no method of this gateway; write package.Service/Method"},
    {"two costs", [](auto& c) { *c.add_method_costs() = c.method_costs(0); },
     "method_costs[1].method: is the same method as method_costs[0].method"},
    {"priority", [](auto& c) { c.mutable_callers(0)->set_priority("high"); },
     "callers[0].priority: has to be normal or interactive"},
    {"Redis on a unix socket", [](auto& c) { c.mutable_redis()->set_address("unix:/run/redis.sock"); }, ""},
    {"Redis nowhere", [](auto& c) { c.mutable_redis()->set_address("redis"); },
     "redis.address: names no port; write host:port, [v6]:port or unix:/path"},
    {"Redis on no port", [](auto& c) { c.mutable_redis()->set_address("redis:0"); },
     "redis.address: names no port"},
    {"a user without password", [](auto& c) { c.mutable_redis()->set_user("gateway"); },
     "redis.user: needs redis.password_file"},
    {"a prefix with braces", [](auto& c) { c.mutable_redis()->set_key_prefix("{a}"); },
     "redis.key_prefix: has to be at most 64 visible characters, without braces"},
};

TEST(ValidateLimits, NamesEachMistake) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    v1::GatewayConfig config = Full();
    row.change(config);
    ConfigErrors errors("g.yaml");
    ValidateLimits(config, &errors);
    EXPECT_EQ(errors.ToStatus().message(), row.mistakes.empty() ? "" : "g.yaml: " + row.mistakes);
  }
}

}  // namespace
}  // namespace blooio::gateway
