// From a configuration to limits. Remembers by which place the rate limiter knows
// each account, caller and method, so that they keep theirs from one configuration to
// the next.
//
//   LimitBuilder builder;
//   RateLimits limits = builder.Build(config);
//   builder.AccountPlace("main");
//
// Thread-safety: none; whoever starts and reloads the gateway uses it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/pipeline/pipeline_state.h"
#include "service/ratelimit/rate_limiter.h"

namespace blooio::gateway {

// Their names, by place.
struct LimitNames {
  std::vector<std::string> accounts;
  std::vector<std::string> callers;
  std::vector<std::string> methods;
};

class LimitBuilder {
 public:
  // What the configuration says, by place; the last caller is the anonymous one. Those
  // that it does not name any more have no limits.
  RateLimits Build(const v1::GatewayConfig& config);

  // Of what a configuration has named.
  uint32_t AccountPlace(const std::string& name) const { return accounts_.at(name); }
  uint32_t CallerPlace(const std::string& name) const { return callers_.at(name); }
  LimitNames Names() const;
  // Of methods that have limits or a cost.
  absl::flat_hash_map<std::string, MethodTerms> ReadMethodTerms(const v1::GatewayConfig& config);

 private:
  // Names in the order in which they were first met.
  using Places = std::map<std::string, uint32_t>;

  static uint32_t PlaceOf(const std::string& name, Places& places) {
    return places.emplace(name, places.size()).first->second;
  }

  Places accounts_;
  Places callers_;
  // The first one is of all methods without limits.
  Places methods_ = {{"", 0}};
};

}  // namespace blooio::gateway
