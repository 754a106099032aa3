// The whole gateway, built from its configuration: accounts and their keys, the
// upstream loops, the pipeline and the gRPC listener.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/base/file_watcher.h"

namespace blooio::gateway {

class Gateway {
 public:
  // Loads keys, binds listeners, serves. Fails with one sentence that says what
  // to change. `files` outlives the gateway.
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(const v1::GatewayConfig& config, FileWatcher& files);
  virtual ~Gateway() = default;

  // {"event":"ready","grpc":"127.0.0.1:41234","http":"127.0.0.1:9090"}
  virtual std::string ReadyLine() const = 0;
  // Works by another configuration from here on, but for what needs a restart.
  // Calls under way keep theirs. On an error everything stays as it was.
  virtual absl::Status Use(const v1::GatewayConfig& config) = 0;
  // There was another configuration, but none to work by.
  virtual void CountBadReload() = 0;
  // Ends in order: NOT_SERVING, `drain_delay`, no new calls, running calls end
  // within `drain_timeout`. A second signal ends the delay.
  virtual void Drain() = 0;
};

}  // namespace blooio::gateway
