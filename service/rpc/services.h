// The RPCs that this gateway serves: one Serve line each, in services.cc. From
// the generated method that the line names follow the request and reply types,
// and from the request type the route.
//
//   Services services(pipeline, routes, telemetry, with_certificates);
//   if (absl::Status status = services.Register(builder); !status.ok()) …
//   services.Await(queue);   // once per completion queue, after BuildAndStart
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "blooio/gateway/v1/delivery_service.grpc.pb.h"
#include "blooio/v2/groups_service.grpc.pb.h"
#include "blooio/v2/messages_service.grpc.pb.h"
#include "blooio/v4/groups_service.grpc.pb.h"
#include "blooio/v4/messages_service.grpc.pb.h"
#include "service/pipeline/reconciler.h"
#include "service/rpc/unary_call.h"

namespace blooio::gateway {

class Services {
 public:
  // All outlive this object. `with_certificates`: the listener asks its clients
  // for certificates.
  Services(const Pipeline& pipeline, RouteTable& routes, Telemetry& telemetry, bool with_certificates)
      : pipeline_(pipeline),
        routes_(routes),
        reconciler_(pipeline, routes),
        telemetry_(telemetry),
        with_certificates_(with_certificates) {}

  // Compiles every route and registers every service. Fails when a proto breaks
  // the rules of blooio.rest.v1.
  absl::Status Register(grpc::ServerBuilder& builder);
  // Starts waiting for calls on a queue of the running server.
  void Await(grpc::ServerCompletionQueue* queue);
  // Names for the health service: "blooio.v2.GroupsService", …
  const std::vector<std::string>& names() const { return names_; }
  CallRegistry& calls() { return calls_; }

 private:
  // The generated AsyncService::RequestXxx of an RPC.
  template <class Base, class Request, class Reply>
  using Await_ = void (Base::*)(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Reply>*,
                                grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*);

  // Serves an RPC that mirrors one of Blooio's operations.
  template <class Service, class Base, class Request, class Reply>
  void Serve(Service& service, Await_<Base, Request, Reply> await);
  // Serves an RPC of the gateway's own by `run`.
  template <class Service, class Base, class Request, class Reply, class Run>
  void ServeOwn(Service& service, Await_<Base, Request, Reply> await, const char* method, Run run);
  template <class Service, class Base, class Request, class Reply, class Run>
  void Add(Service& service, Await_<Base, Request, Reply> await, const Route& route, Run run);
  void ServeAll();

  const Pipeline& pipeline_;
  RouteTable& routes_;
  Reconciler reconciler_;
  std::deque<Route> own_routes_;
  Telemetry& telemetry_;
  const bool with_certificates_;
  CallRegistry calls_;
  absl::Status status_;
  std::vector<std::string> names_;
  std::vector<std::function<void(grpc::ServerCompletionQueue*)>> awaits_;

  v1::DeliveryService::AsyncService delivery_;
  v2::GroupsService::AsyncService v2_groups_;
  v2::MessagesService::AsyncService v2_messages_;
  v4::GroupsService::AsyncService v4_groups_;
  v4::MessagesService::AsyncService v4_messages_;
};

}  // namespace blooio::gateway
