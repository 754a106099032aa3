#include "service/rpc/services.h"

#include <algorithm>
#include <utility>

namespace blooio::gateway {
namespace {

// Calls of one RPC that gRPC may hand over before a thread looks again. More wait with gRPC, which
// ends those without a word of ours when it shuts down; but on each event gRPC 1.51 looks through
// all that are posted, of all RPCs.
constexpr int kWaiting = 16;

}  // namespace

void Services::ServeAll() {
  Serve(v2_groups_, &v2::GroupsService::AsyncService::RequestCreateGroup);
  Serve(v2_messages_, &v2::MessagesService::AsyncService::RequestSendMessage);
  Serve(v4_groups_, &v4::GroupsService::AsyncService::RequestCreateGroup);
  Serve(v4_groups_, &v4::GroupsService::AsyncService::RequestListGroups);
  Serve(v4_groups_, &v4::GroupsService::AsyncService::RequestGetGroup);
  Serve(v4_messages_, &v4::MessagesService::AsyncService::RequestSendChatMessage);
  status_.Update(reconciler_.Prepare());
  ServeOwn(delivery_, &v1::DeliveryService::AsyncService::RequestReconcileSend,
           "blooio.gateway.v1.DeliveryService/ReconcileSend",
           [this](const CallInput& input, const v1::ReconcileSendRequest& request,
                  v1::ReconcileSendResponse* reply,
                  Pipeline::Done done) { return reconciler_.Run(input, request, reply, std::move(done)); });
}

template <class Service, class Base, class Request, class Reply>
void Services::Serve(Service& service, Await_<Base, Request, Reply> await) {
  absl::StatusOr<const Route*> route = routes_.CompileFor(Request::descriptor());
  if (!route.ok()) {
    status_.Update(route.status());
    return;
  }
  Add(service, await, **route,
      [this, route = *route](const CallInput& input, const google::protobuf::Message& request,
                             google::protobuf::Message* reply, Pipeline::Done done) {
        return pipeline_.Run(*route, input, request, reply, std::move(done));
      });
}

template <class Service, class Base, class Request, class Reply, class Run>
void Services::ServeOwn(Service& service, Await_<Base, Request, Reply> await, const char* method, Run run) {
  Route& route = own_routes_.emplace_back();
  route.method = method;
  Add(service, await, route,
      [run](const CallInput& input, const google::protobuf::Message& request,
            google::protobuf::Message* reply, Pipeline::Done done) {
        return run(input, static_cast<const Request&>(request), static_cast<Reply*>(reply), std::move(done));
      });
}

template <class Service, class Base, class Request, class Reply, class Run>
void Services::Add(Service& service, Await_<Base, Request, Reply> await, const Route& route, Run run) {
  const std::string name = route.method.substr(0, route.method.find('/'));
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  auto method = std::make_shared<UnaryMethod<Request, Reply>>(UnaryMethod<Request, Reply>{
      {std::move(run), route, calls_, telemetry_, telemetry_.calls().Method(route.method),
       with_certificates_},
      [&service, await](grpc::ServerContext* context, Request* request,
                        grpc::ServerAsyncResponseWriter<Reply>* responder, grpc::ServerCompletionQueue* queue,
                        void* tag) { (service.*await)(context, request, responder, queue, queue, tag); }});
  awaits_.push_back([method](grpc::ServerCompletionQueue* queue) {
    for (int i = 0; i < kWaiting; ++i) UnaryCall<Request, Reply>::Await(*method, queue);
  });
}

absl::Status Services::Register(grpc::ServerBuilder& builder) {
  ServeAll();
  builder.RegisterService(&delivery_);
  builder.RegisterService(&v2_groups_);
  builder.RegisterService(&v2_messages_);
  builder.RegisterService(&v4_groups_);
  builder.RegisterService(&v4_messages_);
  return status_;
}

void Services::Await(grpc::ServerCompletionQueue* queue) {
  for (const auto& await : awaits_) await(queue);
}

}  // namespace blooio::gateway
