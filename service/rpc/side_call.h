// A call that the pipeline has no part in: of health, of reflection. It belongs to one
// completion queue, and owns itself from its wait for an RPC to its Delete.
#pragma once

#include <grpcpp/grpcpp.h>

#include "service/rpc/call_registry.h"
#include "service/rpc/tag.h"

namespace blooio::gateway {

class SideCall {
 public:
  // `calls` tells when the queue may end.
  SideCall(CallRegistry& calls, grpc::ServerCompletionQueue* queue) : queue_(queue), calls_(calls) {
    calls_.Add();
  }
  SideCall(const SideCall&) = delete;
  SideCall& operator=(const SideCall&) = delete;

 protected:
  virtual ~SideCall() = default;  // By Delete only.
  // Once no operation of its own is under way.
  void Delete() {
    CallRegistry& calls = calls_;
    delete this;
    calls.Remove();
  }

  grpc::ServerCompletionQueue* const queue_;
  grpc::ServerContext context_;

 private:
  CallRegistry& calls_;
};

}  // namespace blooio::gateway
