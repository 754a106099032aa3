// grpc.health.v1.Health on our own completion queues. gRPC's own has threads that take
// events from those of the queues and hand them over: a quarter of a call's CPU.
//
//   HealthService health(calls);
//   health.Register(builder);
//   health.Set(names, true);   // "" is among them by itself
//   health.Await(queue);       // once per completion queue, after BuildAndStart
//
// Every name says the same. A name that is not served is NOT_FOUND to a check, and
// SERVICE_UNKNOWN to a watch, which goes on. A watch ends with its caller or with the
// server; of one that does not read, one write is under way and only the latest
// status is kept.
#pragma once

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "service/rpc/call_registry.h"

namespace blooio::gateway {

class HealthService {
 public:
  // `calls` outlives this object, and this object its calls.
  explicit HealthService(CallRegistry& calls) : calls_(calls) {}

  void Register(grpc::ServerBuilder& builder) { builder.RegisterService(&service_); }
  void Await(grpc::ServerCompletionQueue* queue);
  // Whether these, and the server as a whole, are served; who watches is told. Thread-safe.
  void Set(const std::vector<std::string>& names, bool serving);

 private:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;
  class Check;
  class Watch;

  Status Find(const std::string& service) const;  // With mutex_.

  CallRegistry& calls_;
  grpc::health::v1::Health::AsyncService service_;
  std::mutex mutex_;  // Guards what follows, and the state of the watches.
  bool serving_ = false;
  absl::flat_hash_set<std::string> names_;
  absl::flat_hash_set<Watch*> watches_;
};

}  // namespace blooio::gateway
