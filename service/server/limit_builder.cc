#include "service/server/limit_builder.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "service/config/duration_text.h"

namespace blooio::gateway {
namespace {

Limit ReadLimit(const v1::RateLimitConfig& config) {
  Limit limit;
  if (config.has_per()) {
    limit.rate = {config.requests(), absl::ToInt64Nanoseconds(ToDuration(config.per()))};
  } else {
    limit.rate = PerSecond(config.requests_per_second());
  }
  limit.burst = std::llround(config.burst());
  limit.shadow = config.shadow();
  return limit;
}

AccountLimits ReadAccount(const v1::AccountConfig& config) {
  AccountLimits limits;
  if (config.has_rate_limit()) limits.limit = ReadLimit(config.rate_limit());
  limits.most_in_flight = config.max_in_flight();
  limits.max_wait = absl::ToInt64Nanoseconds(ToDuration(config.max_wait()));
  limits.most_waiting = static_cast<size_t>(config.max_waiting());
  limits.reserve = static_cast<int>(std::lround(config.interactive_reserve() * kWhole));
  return limits;
}

std::vector<std::string> ByPlace(const std::map<std::string, uint32_t>& places) {
  std::vector<std::string> names(places.size());
  for (const auto& [name, place] : places) names[place] = name;
  return names;
}

}  // namespace

RateLimits LimitBuilder::Build(const v1::GatewayConfig& config) {
  RateLimits limits;
  for (const v1::AccountConfig& account : config.accounts()) PlaceOf(account.name(), accounts_);
  for (const v1::CallerConfig& caller : config.callers()) PlaceOf(caller.name(), callers_);
  PlaceOf("anonymous", callers_);
  (void)ReadMethodTerms(config);
  for (const v1::MethodCostConfig& cost : config.method_costs()) {
    limits.greatest_cost = std::max<int64_t>(limits.greatest_cost, cost.cost());
  }
  limits.accounts.resize(accounts_.size());
  limits.callers.resize(callers_.size());
  for (const v1::AccountConfig& account : config.accounts()) {
    limits.accounts[AccountPlace(account.name())] = ReadAccount(account);
  }
  for (const v1::CallerConfig& caller : config.callers()) {
    CallerLimits& own = limits.callers[CallerPlace(caller.name())];
    if (caller.has_rate_limit()) own.limit = ReadLimit(caller.rate_limit());
    own.most_in_flight = caller.max_in_flight();
    own.share = {.weight = caller.weight(), .interactive = caller.priority() == "interactive"};
    if (caller.method_limits().empty()) continue;
    auto methods = std::make_shared<std::vector<Limit>>(methods_.size());
    for (const v1::MethodLimitConfig& method : caller.method_limits()) {
      (*methods)[methods_.at(method.method())] = ReadLimit(method.rate_limit());
    }
    own.methods = std::move(methods);
  }
  return limits;
}

LimitNames LimitBuilder::Names() const {
  return {.accounts = ByPlace(accounts_), .callers = ByPlace(callers_), .methods = ByPlace(methods_)};
}

absl::flat_hash_map<std::string, MethodTerms> LimitBuilder::ReadMethodTerms(const v1::GatewayConfig& config) {
  absl::flat_hash_map<std::string, MethodTerms> terms;
  for (const v1::CallerConfig& caller : config.callers()) {
    for (const v1::MethodLimitConfig& method : caller.method_limits()) {
      terms[method.method()].place = PlaceOf(method.method(), methods_);
    }
  }
  for (const v1::MethodCostConfig& cost : config.method_costs()) terms[cost.method()].cost = cost.cost();
  return terms;
}

}  // namespace blooio::gateway
