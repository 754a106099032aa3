// The part of the validation that is about limits: rates, what methods cost, and
// the Redis that gateways share them in.
#pragma once

#include "blooio/gateway/v1/config.pb.h"
#include "service/config/config_errors.h"

namespace blooio::gateway {

// Adds every mistake: a rate given in both ways or in none, a part of a token, a
// method that does not exist or is named twice, a cost that some bucket could
// never pay, an address that is none.
void ValidateLimits(const v1::GatewayConfig& config, ConfigErrors* errors);

}  // namespace blooio::gateway
