#include "client/blooioctl/caller.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <memory>

#include "absl/status/status.h"
#include "client/blooioctl/catalog.h"
#include "client/blooioctl/connection.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Cat;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

absl::StatusOr<std::string> ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (status.ok()) return json;
  return absl::InternalError(
      Cat("the call ended OK, but its reply cannot be shown as JSON: ", std::string(status.message())));
}

absl::Status FromJson(const std::string& json, Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(Cat("the JSON is no ", message.GetTypeName(), ": ",
                                        std::string(status.message()), "\n`blooioctl describe ",
                                        message.GetTypeName(), "` shows its fields."));
}

bool ReadMessage(grpc::ByteBuffer& bytes, Message& message) {
  return grpc::SerializationTraits<Message>::Deserialize(&bytes, &message).ok();
}

}  // namespace

Caller::Caller(const Connection& connection)
    : connection_(connection), reflection_(connection), pool_(&reflection_, &errors_), messages_(&pool_) {}

absl::StatusOr<Reply> Caller::Call(std::string_view name, const std::string& json) {
  absl::StatusOr<const MethodDescriptor*> method = FindMethod(name);
  if (!method.ok()) return method.status();
  const MethodDescriptor& descriptor = **method;
  if (descriptor.client_streaming() || descriptor.server_streaming()) {
    return absl::InvalidArgumentError(Cat(descriptor.full_name(), " streams; only unary calls work"));
  }
  const std::unique_ptr<Message> request(messages_.GetPrototype(descriptor.input_type())->New());
  const std::unique_ptr<Message> answer(messages_.GetPrototype(descriptor.output_type())->New());
  if (absl::Status status = FromJson(json, *request); !status.ok()) return status;

  Reply reply;
  absl::StatusOr<Outcome> outcome = Send(Cat("/", MethodPath(descriptor.full_name())), *request, *answer);
  if (!outcome.ok()) return outcome.status();
  reply.outcome = *std::move(outcome);
  if (!reply.outcome.ok()) return reply;
  absl::StatusOr<std::string> text = ToJson(*answer);
  if (!text.ok()) return text.status();
  reply.json = *std::move(text);
  return reply;
}

absl::StatusOr<std::vector<std::string>> Caller::ListMethods() {
  absl::StatusOr<std::vector<std::string>> services = Services();
  if (!services.ok()) return services.status();
  std::vector<std::string> names = MethodNames(pool_, *services);
  if (absl::Status status = DescriptorStatus(); !status.ok()) return status;
  for (std::string& name : names) name = MethodPath(name);
  return names;
}

absl::StatusOr<std::string> Caller::Describe(std::string_view name) {
  const std::string dotted = DottedName(name);
  if (auto text = ProtoText(pool_, dotted)) return *text;
  absl::StatusOr<std::vector<std::string>> services = Services();
  if (!services.ok()) return services.status();
  const std::vector<std::string> names = SymbolNames(pool_, *services);
  if (absl::Status status = DescriptorStatus(); !status.ok()) return status;
  absl::StatusOr<std::string> match = MatchName(dotted, names);
  if (!match.ok()) return match.status();
  return ProtoText(pool_, *match).value_or("");
}

absl::StatusOr<const MethodDescriptor*> Caller::FindMethod(std::string_view name) {
  std::string dotted = DottedName(name);
  const size_t dot = dotted.rfind('.');
  if (dot != std::string::npos) {
    const ServiceDescriptor* service = pool_.FindServiceByName(dotted.substr(0, dot));
    const MethodDescriptor* method = service ? service->FindMethodByName(dotted.substr(dot + 1)) : nullptr;
    if (method != nullptr) return method;
  }
  absl::StatusOr<std::vector<std::string>> services = Services();
  if (!services.ok()) return services.status();
  const std::vector<std::string> names = MethodNames(pool_, *services);
  if (absl::Status status = DescriptorStatus(); !status.ok()) return status;
  absl::StatusOr<std::string> match = MatchName(dotted, names);
  if (!match.ok()) return match.status();
  return pool_.FindMethodByName(*match);
}

absl::StatusOr<std::vector<std::string>> Caller::Services() {
  absl::StatusOr<std::vector<std::string>> services = reflection_.ListServices();
  if (!services.ok()) return services;
  if (MethodNames(pool_, *services).empty() && DescriptorStatus().ok()) {
    return absl::UnavailableError(
        "the server describes no method of its services\nCheck that it is the gateway.");
  }
  return services;
}

absl::Status Caller::DescriptorStatus() const {
  if (!reflection_.status().ok() || !errors_.found()) return reflection_.status();
  return absl::UnavailableError(
      "the server describes its services in a way that makes no sense, so they are not known\n"
      "Check that it is the gateway.");
}

absl::StatusOr<Outcome> Caller::Send(const std::string& path, const Message& request, Message& reply) {
  grpc::ClientContext context;
  connection_.SetDeadline(context);
  connection_.Identify(context);
  grpc::CompletionQueue queue;
  grpc::TemplatedGenericStub<Message, grpc::ByteBuffer> stub(connection_.channel());
  const auto call = stub.PrepareUnaryCall(&context, path, request, &queue);
  grpc::Status status;
  grpc::ByteBuffer bytes;
  call->StartCall();
  call->Finish(&bytes, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (status.ok() && !(ok && bytes.Valid() && ReadMessage(bytes, reply))) {
    return absl::InternalError(Cat("the call ended OK, but its reply is no ", reply.GetTypeName()));
  }

  Outcome outcome{status.error_code(), status.error_message(), status.error_details(), {}};
  for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
    outcome.trailers.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return outcome;
}

}  // namespace blooio::client
