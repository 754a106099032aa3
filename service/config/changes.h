// What a running gateway cannot take over from a changed configuration.
#pragma once

#include <string>
#include <vector>

#include "blooio/gateway/v1/config.pb.h"

namespace blooio::gateway {

// Paths of the settings marked `needs_restart` that differ, in the file's order:
// {"server", "upstream.threads"}.
std::vector<std::string> ChangesThatNeedRestart(const v1::GatewayConfig& before,
                                                const v1::GatewayConfig& after);

}  // namespace blooio::gateway
