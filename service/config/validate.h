// Checks what holds between the fields of a configuration: the contradictions
// that no single field's rules can see.
//
//   ConfigErrors errors("gateway.yaml");
//   ValidateConfig(config, &errors);
//   // gateway.yaml:3: server.listen: is clear text on an address that is not
//   // loopback; set server.allow_cleartext to allow it
//
// - Listeners: addresses parse and differ; clear text off loopback has to be
//   allowed; anonymous callers are served on loopback only; somebody can call.
// - Accounts: names have their form and differ; base URLs parse, and send the
//   API key in clear text to loopback hosts only.
// - Upstream: the default deadline is no longer than the longest; the proxy is
//   an http URL without a path, and sees no clear text unless it is loopback.
// - Limits: a rate is given in one way; what a method costs fits into every
//   bucket that it is taken from; Redis has an address.
//
// Nothing is resolved, opened or contacted. Thread-safety: a free function
// without state.
#pragma once

#include "blooio/gateway/v1/config.pb.h"
#include "service/config/config_errors.h"

namespace blooio::gateway {

// Adds one mistake for each contradiction. The config has its defaults.
void ValidateConfig(const v1::GatewayConfig& config, ConfigErrors* errors);

}  // namespace blooio::gateway
