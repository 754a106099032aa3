// One RPC from its arrival to its answer, without its message types; UnaryCall
// adds those. Everything but the upstream's completion, which may come on another
// thread, happens on that of the completion queue that the call belongs to.
//
// Life: UnaryCall waits for an RPC (Arrived), starts the pipeline, and deletes
// itself once the thread that answered has let go of it and gRPC has reported
// both the end of the RPC (Ended: answered or cancelled) and the sending of our
// answer (Answered).
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "google/protobuf/message.h"
#include "service/pipeline/pipeline.h"
#include "service/rpc/call_registry.h"
#include "service/rpc/tag.h"
#include "service/telemetry/telemetry.h"

namespace blooio::gateway {

// What all calls of one RPC work with; outlives them.
struct ServedMethod {
  // As Pipeline::Run, of this RPC.
  std::function<std::shared_ptr<RunningCall>(const CallInput&, const google::protobuf::Message& request,
                                             google::protobuf::Message* reply, Pipeline::Done)>
      run;
  const Route& route;
  CallRegistry& registry;
  Telemetry& telemetry;
  const MethodMeter& meter;
  // Clients may show certificates.
  const bool with_certificates;
};

class ServerCall {
 public:
  explicit ServerCall(const ServedMethod& method);
  virtual ~ServerCall() = default;  // By Delete only.
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

 protected:
  virtual const google::protobuf::Message& request() const = 0;
  virtual google::protobuf::Message* reply() = 0;
  // Puts another call of the same RPC in place of this one, which has arrived.
  virtual void AwaitNext() = 0;
  virtual void Send(const grpc::Status& status) = 0;

  grpc::ServerContext context_;
  Tag arrived_ = Tag::To<&ServerCall::Arrived>(this);
  Tag ended_ = Tag::To<&ServerCall::Ended>(this);
  Tag answered_ = Tag::To<&ServerCall::Answered>(this);

 private:
  void Arrived(bool ok);
  void Ended(bool);
  void Answered(bool);
  void Begin();
  void Answer(CallOutcome outcome);
  void Release();
  void Delete();

  const ServedMethod& served_;
  std::chrono::steady_clock::time_point began_;
  std::shared_ptr<RunningCall> running_;
  std::atomic<int> pending_{3};  // Answer, Ended and Answered
};

}  // namespace blooio::gateway
