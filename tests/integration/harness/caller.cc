#include "tests/integration/harness/caller.h"

#include <grpc/grpc_security.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <cstdlib>
#include <thread>

#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "tests/integration/harness/channel.h"

namespace blooio::integration {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageLite;

// A channel without calls reads its socket every 5 s otherwise, and a server
// that ends waits for it to notice.
const int kPollOften = setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "20", 1);

Result Run(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& context,
           const std::string& method, const Message& request, Message* reply, const CallOptions& options) {
  for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
  if (options.deadline != absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + options.deadline));
  }
  const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, channel);
  const absl::Time began = absl::Now();
  const grpc::Status status = grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
      channel.get(), rpc, &context, request, reply);
  return ReadResult(status, context, absl::Now() - began);
}

class RealPending final : public Caller::Pending {
 public:
  RealPending(std::shared_ptr<grpc::Channel> channel, const Message& request, Message* reply,
              CallOptions options)
      : thread_([this, channel = std::move(channel), &request, reply, options = std::move(options)] {
          result_ = Run(channel, context_, MethodOf(request), request, reply, options);
        }) {}
  ~RealPending() override {
    Cancel();
    Wait();
  }
  void Cancel() override { context_.TryCancel(); }
  const Result& Wait() override {
    if (thread_.joinable()) thread_.join();
    return result_;
  }

 private:
  grpc::ClientContext context_;
  Result result_;
  std::thread thread_;
};

// A connection that is not the one that another Caller of this process has to
// the same place.
grpc::ChannelArguments ChannelArguments() {
  if (kPollOften != 0) throw std::runtime_error("cannot set the poll interval");
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

}  // namespace

struct Caller::Impl {
  std::shared_ptr<grpc::Channel> channel;
};

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address, const std::string& service_config) {
  grpc::ChannelArguments arguments = ChannelArguments();
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, service_config.empty() ? 0 : 1);
  if (!service_config.empty()) arguments.SetServiceConfigJSON(service_config);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Result ReadResult(const grpc::Status& status, const grpc::ClientContext& context, absl::Duration took) {
  Result result;
  result.code = status.error_code();
  result.message = status.error_message();
  result.details = status.error_details();
  result.status.ParseFromString(result.details);
  result.took = took;
  for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
    result.trailers.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return result;
}

Caller::Caller(const std::string& address, const std::string& service_config)
    : impl_(std::make_unique<Impl>(Impl{OpenChannel(address, service_config)})) {}

Caller::Caller(const std::string& address, const TlsClient& tls) : impl_(std::make_unique<Impl>()) {
  grpc::ChannelArguments arguments = ChannelArguments();
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  if (tls.sessions != nullptr) {
    const grpc_arg cache =
        grpc_ssl_session_cache_create_channel_arg(static_cast<grpc_ssl_session_cache*>(tls.sessions.get()));
    arguments.SetPointerWithVtable(cache.key, cache.value.pointer.p, cache.value.pointer.vtable);
  }
  impl_->channel = grpc::CreateCustomChannel(
      address, grpc::SslCredentials({tls.authority, tls.private_key, tls.certificate}), arguments);
}

std::shared_ptr<void> NewTlsSessions() {
  return {grpc_ssl_session_cache_create_lru(16), [](void* sessions) {
            grpc_ssl_session_cache_destroy(static_cast<grpc_ssl_session_cache*>(sessions));
          }};
}

Caller::~Caller() = default;

Result Caller::Call(const Message& request, Message* reply, const CallOptions& options) const {
  return CallMethod(MethodOf(request), request, reply, options);
}

Result Caller::CallMethod(const std::string& method, const Message& request, Message* reply,
                          const CallOptions& options) const {
  grpc::ClientContext context;
  return Run(impl_->channel, context, method, request, reply, options);
}

std::unique_ptr<Caller::Pending> Caller::Start(const Message& request, Message* reply,
                                               const CallOptions& options) const {
  return std::make_unique<RealPending>(impl_->channel, request, reply, options);
}

std::string Caller::Health(const std::string& service) const {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse reply;
  const Result result = CallMethod("/grpc.health.v1.Health/Check", request, &reply);
  if (result.code != 0) return google::rpc::Code_Name(result.code);
  return grpc::health::v1::HealthCheckResponse::ServingStatus_Name(reply.status());
}

std::string Result::Reason() const {
  const auto info = Only<google::rpc::ErrorInfo>();
  return info && info->domain() == "blooio-gateway" ? info->reason() : "";
}

std::string Result::Fact(const std::string& name) const {
  const auto info = Only<google::rpc::ErrorInfo>();
  if (!info || info->metadata().count(name) == 0) return "";
  return info->metadata().at(name);
}

std::string Result::Trailer(const std::string& name) const {
  const auto [first, last] = trailers.equal_range(name);
  return first == last || std::next(first) != last ? "" : first->second;
}

std::ostream& operator<<(std::ostream& out, const Result& result) {
  out << google::rpc::Code_Name(result.code) << ": " << result.message << "\n" << result.status.DebugString();
  for (const auto& [key, value] : result.trailers) {
    if (!key.ends_with("-bin")) out << key << ": " << value << "\n";
  }
  return out << "took " << absl::FormatDuration(result.took);
}

std::string MethodOf(const Message& request) {
  const auto* file = request.GetDescriptor()->file();
  for (int i = 0; i < file->service_count(); ++i) {
    for (int j = 0; j < file->service(i)->method_count(); ++j) {
      const auto* method = file->service(i)->method(j);
      if (method->input_type() == request.GetDescriptor()) {
        return "/" + method->service()->full_name() + "/" + method->name();
      }
    }
  }
  throw std::runtime_error("no RPC takes " + request.GetTypeName());
}

}  // namespace blooio::integration
