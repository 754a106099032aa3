// From a configuration to what the pipeline works with. Built anew for each
// configuration; what outlives one is carried over: an account whose key files
// stay the same keeps its keys, and which of them is in use; whether its APIs are held to be down; what the
// rate limiter knows accounts and callers by.
//
//   StateBuilder builder(files, upstream, telemetry);
//   absl::StatusOr<StateBuilder::Built> built = builder.Build(config);
//
// Thread-safety: none; whoever starts and reloads the gateway uses it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/base/file_watcher.h"
#include "service/pipeline/pipeline_state.h"
#include "service/server/identity_builder.h"
#include "service/server/limit_builder.h"
#include "service/telemetry/telemetry.h"

namespace blooio::gateway {

class StateBuilder {
 public:
  // All outlive what is built.
  StateBuilder(FileWatcher& files, AttemptStarter& upstream, Telemetry& telemetry)
      : files_(files), upstream_(upstream), telemetry_(telemetry), identities_(files, telemetry) {}

  struct Built {
    std::shared_ptr<const PipelineState> state;
    // What is to hold from when the state is in use.
    RateLimits limits;
    LimitNames limit_names;
  };
  // Reads the keys of new accounts. Fails with one sentence that names the file
  // and what to do; what was built before stays good.
  absl::StatusOr<Built> Build(const v1::GatewayConfig& config);

 private:
  // Whether an API is held to be down outlives a configuration, for as long as the API
  // stays the same.
  using Circuits = std::map<std::string, std::shared_ptr<Circuit>>;  // By account, API and URL.
  struct KnownKeys {
    std::string current_file;
    std::string next_file;
    std::weak_ptr<AccountKeys> keys;
  };

  void AddCaller(const std::string& name, int weight, PipelineState& state);
  absl::StatusOr<Account> BuildAccount(const v1::AccountConfig& config, Circuits& circuits);
  std::shared_ptr<Circuit> CircuitOf(const std::string& account, const char* api, const std::string& url,
                                     Circuits& circuits);
  absl::StatusOr<std::shared_ptr<AccountKeys>> KeysOf(const v1::AccountConfig& config);

  FileWatcher& files_;
  AttemptStarter& upstream_;
  Telemetry& telemetry_;
  std::map<std::string, KnownKeys> keys_;  // By account; of the last configuration.
  Circuits circuits_;                      // Likewise.
  bool breaks_circuits_ = true;
  IdentityBuilder identities_;
  LimitBuilder limits_;
};

}  // namespace blooio::gateway
