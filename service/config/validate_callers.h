// The part of the validation that is about callers: names, credentials, grants.
#pragma once

#include "blooio/gateway/v1/config.pb.h"
#include "service/config/config_errors.h"

namespace blooio::gateway {

// Adds every mistake: credentials that name nobody or two callers, grants of
// accounts or methods that do not exist. A method exists when its proto is
// linked and its service mirrors an upstream API.
void ValidateCallers(const v1::GatewayConfig& config, ConfigErrors* errors);

// Accounts and callers are called alike: 1 to 63 of a-z, 0-9, "-", "_" and ".".
bool IsName(const std::string& name);
inline constexpr char kNameRule[] = "has to be 1 to 63 of a-z, 0-9, \"-\", \"_\" and \".\"";

}  // namespace blooio::gateway
