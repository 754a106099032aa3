#include "service/config/validate_limits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/config/duration_text.h"
#include "service/config/listen_address.h"
#include "service/config/mirrored_methods.h"

namespace blooio::gateway {
namespace {

constexpr double kMostPerSecond = 100'000;
// Slightly less than one a day.
constexpr double kLeastPerSecond = 0.00001;
constexpr size_t kLongestKeyPrefix = 64;

double PerSecond(const v1::RateLimitConfig& limit) {
  if (!limit.has_per()) return limit.requests_per_second();
  return static_cast<double>(limit.requests()) / absl::ToDoubleSeconds(ToDuration(limit.per()));
}

class LimitsChecker {
 public:
  LimitsChecker(const v1::GatewayConfig& config, ConfigErrors* errors) : config_(config), errors_(errors) {}

  void Check() {
    CheckCosts();
    for (int i = 0; i < config_.accounts_size(); ++i) {
      const v1::AccountConfig& account = config_.accounts(i);
      if (account.has_rate_limit()) CheckBucket(account.rate_limit(), absl::StrCat("accounts[", i, "]"));
    }
    for (int i = 0; i < config_.callers_size(); ++i) {
      CheckCaller(config_.callers(i), absl::StrCat("callers[", i, "]"));
    }
    if (config_.has_redis()) CheckRedis(config_.redis());
  }

 private:
  void CheckMethod(const std::string& method, const std::string& path,
                   std::map<std::string, std::string>* seen) {
    if (!IsMirroredMethod(method)) {
      errors_->Add(path, "is no method of this gateway; write package.Service/Method");
    } else if (const auto [first, is_new] = seen->emplace(method, path); !is_new) {
      errors_->Add(path, absl::StrCat("is the same method as ", first->second));
    }
  }

  void CheckCosts() {
    std::map<std::string, std::string> seen;
    for (int i = 0; i < config_.method_costs_size(); ++i) {
      const v1::MethodCostConfig& cost = config_.method_costs(i);
      CheckMethod(cost.method(), absl::StrCat("method_costs[", i, "].method"), &seen);
      costs_[cost.method()] = cost.cost();
      greatest_cost_ = std::max(greatest_cost_, cost.cost());
    }
  }

  void CheckCaller(const v1::CallerConfig& caller, const std::string& path) {
    if (caller.has_rate_limit()) CheckBucket(caller.rate_limit(), path);
    std::map<std::string, std::string> seen;
    for (int i = 0; i < caller.method_limits_size(); ++i) {
      const v1::MethodLimitConfig& limit = caller.method_limits(i);
      const std::string here = absl::StrCat(path, ".method_limits[", i, "]");
      CheckMethod(limit.method(), here + ".method", &seen);
      const auto cost = costs_.find(limit.method());
      CheckRate(limit.rate_limit(), cost == costs_.end() ? 1 : cost->second, here + ".rate_limit");
    }
    if (caller.priority() != "normal" && caller.priority() != "interactive") {
      errors_->Add(path + ".priority", "has to be normal or interactive");
    }
  }

  // One that calls of every method are taken from.
  void CheckBucket(const v1::RateLimitConfig& limit, const std::string& path) {
    CheckRate(limit, greatest_cost_, path + ".rate_limit");
  }

  void CheckRate(const v1::RateLimitConfig& limit, int greatest_cost, const std::string& path) {
    const bool slow = limit.requests() > 0;
    if (slow != limit.has_per() || slow == (limit.requests_per_second() > 0)) {
      errors_->Add(path, "needs either requests_per_second, or requests and per");
    } else if (const double rate = PerSecond(limit); rate > kMostPerSecond || rate < kLeastPerSecond) {
      errors_->Add(path, "has to be at most 100000 requests a second, and at least one a day");
    }
    if (limit.burst() != std::floor(limit.burst())) {
      errors_->Add(path + ".burst", "has to be a whole number");
    } else if (greatest_cost > 1 && 2 * greatest_cost > limit.burst()) {
      errors_->Add(path + ".burst", absl::StrCat("has to be at least ", 2 * greatest_cost,
                                                 ", twice what a call costs by method_costs"));
    }
  }

  void CheckRedis(const v1::RedisConfig& redis) {
    const absl::StatusOr<ListenAddress> address = ParseListenAddress(redis.address());
    if (!address.ok()) {
      errors_->Add("redis.address", std::string(address.status().message()));
    } else if (address->unix_path.empty() && address->tcp.port == 0) {
      errors_->Add("redis.address", "names no port");
    }
    if (!redis.user().empty() && redis.password_file().empty()) {
      errors_->Add("redis.user", "needs redis.password_file");
    }
    const std::string& prefix = redis.key_prefix();
    if (prefix.size() > kLongestKeyPrefix || !std::all_of(prefix.begin(), prefix.end(), [](char c) {
          return absl::ascii_isgraph(c) && c != '{' && c != '}';
        })) {
      errors_->Add("redis.key_prefix", absl::StrCat("has to be at most ", kLongestKeyPrefix,
                                                    " visible characters, without braces"));
    }
  }

  const v1::GatewayConfig& config_;
  ConfigErrors* const errors_;
  std::map<std::string, int> costs_;
  int greatest_cost_ = 1;
};

}  // namespace

void ValidateLimits(const v1::GatewayConfig& config, ConfigErrors* errors) {
  LimitsChecker(config, errors).Check();
}

}  // namespace blooio::gateway
