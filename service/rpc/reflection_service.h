// grpc.reflection.v1alpha on our own completion queues. gRPC's own takes a thread for
// each stream, of callers that need no credential.
//
//   ReflectionService reflection(calls, names);
//   reflection.Register(builder);
//   reflection.Await(queue);   // once per completion queue, after BuildAndStart
//
// A stream has one question or answer at a time, and ends with its caller or with the
// server.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "service/rpc/call_registry.h"

namespace blooio::gateway {

class ReflectionService {
 public:
  // Of the services `names`, of itself and of health. `calls` outlives this object, and
  // this object its calls.
  ReflectionService(CallRegistry& calls, std::vector<std::string> names);

  void Register(grpc::ServerBuilder& builder) { builder.RegisterService(&service_); }
  void Await(grpc::ServerCompletionQueue* queue);

 private:
  class Stream;

  CallRegistry& calls_;
  const std::vector<std::string> names_;
  grpc::reflection::v1alpha::ServerReflection::AsyncService service_;
};

}  // namespace blooio::gateway
