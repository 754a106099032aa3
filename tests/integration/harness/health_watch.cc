#include "tests/integration/harness/health_watch.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/sync_stream.h>

#include "grpc/health/v1/health.pb.h"
#include "tests/integration/harness/channel.h"

namespace blooio::integration {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

struct HealthWatch::Impl {
  std::shared_ptr<grpc::Channel> channel;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> stream;
};

HealthWatch::HealthWatch(const std::string& address, const std::string& service)
    : impl_(std::make_unique<Impl>()) {
  impl_->channel = OpenChannel(address, "");
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Watch",
                                         grpc::internal::RpcMethod::SERVER_STREAMING, impl_->channel);
  HealthCheckRequest request;
  request.set_service(service);
  impl_->stream.reset(grpc::internal::ClientReaderFactory<HealthCheckResponse>::Create(
      impl_->channel.get(), method, &impl_->context, request));
}

HealthWatch::~HealthWatch() {
  impl_->context.TryCancel();
  while (!Next().empty()) {
  }
  impl_->stream->Finish();
}

std::string HealthWatch::Next() {
  HealthCheckResponse reply;
  return impl_->stream->Read(&reply) ? HealthCheckResponse::ServingStatus_Name(reply.status()) : "";
}

}  // namespace blooio::integration
