// What a running gateway cannot take over from a changed configuration.
#pragma once

#include <string>
#include <vector>

#include "blooio/gateway/v1/config.pb.h"

namespace blooio::gateway {

// Gives the settings of `after` that are marked `needs_restart` the values of
// `before`, which the process began with, and returns the paths of those that
// differed, in the file's order: {"server", "upstream.threads"}. What is left
// may contradict itself although neither did: check it (config/validate.h).
std::vector<std::string> KeepWhatNeedsRestart(const v1::GatewayConfig& before, v1::GatewayConfig* after);

}  // namespace blooio::gateway
