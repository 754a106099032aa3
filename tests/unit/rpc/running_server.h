// A server with one service on one queue, whose end is that of the gateway's.
//
//   RunningServer<HealthService> server;
//   auto stub = Health::NewStub(server.Connect());
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "service/rpc/call_registry.h"
#include "service/rpc/tag.h"

namespace blooio::gateway {

template <class Service>
class RunningServer {
 public:
  template <class... Arguments>
  explicit RunningServer(Arguments... arguments) : service_(calls_, std::move(arguments)...) {
    grpc::ServerBuilder builder;
    service_.Register(builder);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    service_.Await(queue_.get());
    thread_ = std::thread([this] {
      void* tag = nullptr;
      bool ok = false;
      while (queue_->Next(&tag, &ok)) static_cast<const Tag*>(tag)->Tell(ok);
    });
  }
  ~RunningServer() { End(); }

  void End() {
    if (!thread_.joinable()) return;
    server_->Shutdown(std::chrono::system_clock::now());
    calls_.WaitForNone(absl::InfiniteFuture());
    queue_->Shutdown();
    thread_.join();
  }

  Service& service() { return service_; }
  // No call exists, not even one that waits for its RPC.
  bool empty() { return calls_.WaitForNone(absl::InfinitePast()); }
  // A channel within the process: a write on it ends when it is read.
  std::shared_ptr<grpc::Channel> Connect() { return server_->InProcessChannel({}); }

 private:
  CallRegistry calls_;
  Service service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::thread thread_;
};

}  // namespace blooio::gateway
