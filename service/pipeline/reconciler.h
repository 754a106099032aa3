// Answers DeliveryService/ReconcileSend: the send that it is about goes through the
// pipeline like any other, except that it begins nothing new, and what comes of it is
// put into the three words SENT, NOT_SENT and STILL_UNKNOWN.
//
// Thread-safe.
#pragma once

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "blooio/gateway/v1/delivery_service.pb.h"
#include "service/pipeline/pipeline.h"

namespace blooio::gateway {

class Reconciler {
 public:
  // Clocks of callers and gateways, and of Redis, agree to within this. NOT_SENT is said of what
  // was made so long ago at least.
  static constexpr absl::Duration kClockTolerance = absl::Minutes(1);

  // Both outlive its calls.
  Reconciler(const Pipeline& pipeline, RouteTable& routes) : pipeline_(pipeline), routes_(routes) {}

  // Fails when a proto breaks the rules of blooio.rest.v1. To be called first.
  absl::Status Prepare();

  // As Pipeline::Run.
  std::shared_ptr<RunningCall> Run(CallInput input, const v1::ReconcileSendRequest& request,
                                   v1::ReconcileSendResponse* reply, Pipeline::Done done) const;

 private:
  const Pipeline& pipeline_;
  RouteTable& routes_;
  // By the number of the field that holds the send.
  absl::flat_hash_map<int, const Route*> sends_;
};

}  // namespace blooio::gateway
