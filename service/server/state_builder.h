// From a configuration to what the pipeline works with. Built anew for each
// configuration; what outlives one is carried over: an account whose key files
// stay the same keeps its keys, and which of them is in use.
//
//   StateBuilder builder;
//   absl::StatusOr<std::shared_ptr<const PipelineState>> state = builder.Build(config);
//
// Thread-safety: none; whoever starts and reloads the gateway uses it.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/pipeline/pipeline_state.h"

namespace blooio::gateway {

class StateBuilder {
 public:
  // Reads the keys of new accounts. Fails with one sentence that names the file
  // and what to do; what was built before stays good.
  absl::StatusOr<std::shared_ptr<const PipelineState>> Build(const v1::GatewayConfig& config);
};

}  // namespace blooio::gateway
