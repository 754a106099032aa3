// The gRPC listener: completion queues and their threads, health, reflection,
// and an orderly end.
//
//   auto server = GrpcServer::Start(config, max_deadline, upstream, pipeline, routes, telemetry, files,
//   loop); …
//   (*server)->StopTaking();        // health says NOT_SERVING
//   (*server)->Finish(deadline);    // running calls end, at the deadline abandoned
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/base/event_loop.h"
#include "service/base/file_watcher.h"
#include "service/pipeline/pipeline.h"
#include "service/telemetry/telemetry.h"
#include "service/upstream/upstream.h"

namespace blooio::gateway {

class GrpcServer {
 public:
  // Binds and serves. Fails with one sentence that names the address when it
  // cannot be bound. Connections are accepted on `loop`. The others outlive
  // the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const v1::ServerConfig& config,
                                                           absl::Duration max_deadline, Upstream& upstream,
                                                           Pipeline& pipeline, RouteTable& routes,
                                                           Telemetry& telemetry, FileWatcher& files,
                                                           EventLoop& loop);
  virtual ~GrpcServer() = default;

  // Where it listens, with the port that was taken for port 0.
  virtual const std::string& address() const = 0;
  // Every health entry becomes NOT_SERVING; calls are still served.
  virtual void StopTaking() = 0;
  // Takes no new calls; returns when the running ones have ended. Those left at
  // `deadline` are abandoned: their callers learn whether a repeat is safe. Once.
  virtual void Finish(absl::Time deadline) = 0;
};

}  // namespace blooio::gateway
