// A ServerCall with its message types.
#pragma once

#include <functional>

#include "service/rpc/server_call.h"

namespace blooio::gateway {

// What all calls of one RPC share; outlives them.
template <class Request, class Reply>
struct UnaryMethod : ServedMethod {
  // Posts the wait for one RPC: the generated AsyncService::RequestXxx.
  std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Reply>*,
                     grpc::ServerCompletionQueue*, void*)>
      await;
};

template <class Request, class Reply>
class UnaryCall final : public ServerCall {
 public:
  // Waits for one RPC on `queue`; owns itself from here on.
  static void Await(const UnaryMethod<Request, Reply>& method, grpc::ServerCompletionQueue* queue) {
    auto* call = new UnaryCall(method, queue);
    method.await(&call->context_, &call->request_, &call->responder_, queue, &call->arrived_);
  }

 private:
  UnaryCall(const UnaryMethod<Request, Reply>& method, grpc::ServerCompletionQueue* queue)
      : ServerCall(method), method_(method), queue_(queue), responder_(&context_) {}

  const google::protobuf::Message& request() const override { return request_; }
  google::protobuf::Message* reply() override { return &reply_; }
  void AwaitNext() override { Await(method_, queue_); }
  void Send(const grpc::Status& status) override {
    if (status.ok()) {
      responder_.Finish(reply_, status, &answered_);
    } else {
      responder_.FinishWithError(status, &answered_);
    }
  }

  const UnaryMethod<Request, Reply>& method_;
  grpc::ServerCompletionQueue* const queue_;
  Request request_;
  Reply reply_;
  grpc::ServerAsyncResponseWriter<Reply> responder_;
};

}  // namespace blooio::gateway
