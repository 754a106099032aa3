// Floor A: what gRPC alone costs. Reads the request, answers with a constant reply, on
// one completion queue and one thread. Prints its address.
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <string>

#include "absl/synchronization/mutex.h"
#include "blooio/v4/messages_service.grpc.pb.h"

namespace blooio::bench {
namespace {

v4::SendChatMessageResponse MakeReply() {
  v4::SendChatMessageResponse reply;
  v4::MessageSendResult& message = *reply.mutable_message();
  message.set_id("msg_0123456789abcdef");
  message.set_chat_id("chat_demo_1");
  message.set_channel_id("ch_demo_1");
  message.set_protocol("imessage");
  message.set_type("text");
  message.set_status("queued");
  message.set_to("+15551230001");
  return reply;
}

class Call {
 public:
  Call(v4::MessagesService::AsyncService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue), responder_(&context_) {
    service_.RequestSendChatMessage(&context_, &request_, &responder_, &queue_, &queue_, this);
  }
  void Go(bool ok) {
    if (answered_ || !ok) {
      delete this;
      return;
    }
    new Call(service_, queue_);
    answered_ = true;
    static const v4::SendChatMessageResponse reply = MakeReply();
    responder_.Finish(reply, grpc::Status::OK, this);
  }

 private:
  v4::MessagesService::AsyncService& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  v4::SendChatMessageRequest request_;
  grpc::ServerAsyncResponseWriter<v4::SendChatMessageResponse> responder_;
  bool answered_ = false;
};

[[noreturn]] void Serve() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  v4::MessagesService::AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  std::printf("127.0.0.1:%d\n", port);
  std::fflush(stdout);
  new Call(service, *queue);
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Call*>(tag)->Go(ok);
  std::abort();
}

}  // namespace
}  // namespace blooio::bench

int main() { blooio::bench::Serve(); }
