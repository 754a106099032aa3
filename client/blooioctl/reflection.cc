#include "client/blooioctl/reflection.h"

#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "absl/status/status.h"
#include "client/blooioctl/connection.h"
#include "reflection/reflection.pb.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Cat;
using google::protobuf::FileDescriptorProto;
using reflection::ServerReflectionRequest;
using reflection::ServerReflectionResponse;

// The pool builds a file's imports before the file, by recursion: a chain of
// imports without an end would use up the stack.
constexpr size_t kMaxFiles = 1000;
constexpr size_t kMaxBytes = 16 << 20;

constexpr char kMethod[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

}  // namespace

// The stream, one question and one answer at a time.
class Reflection::Stream {
 public:
  explicit Stream(const Connection& connection) : connection_(connection), stub_(connection.channel()) {
    connection_.SetDeadline(context_);
    call_ = stub_.PrepareCall(&context_, kMethod, &queue_);
    call_->StartCall(nullptr);
    open_ = Step();
  }

  ~Stream() {
    if (open_) {
      context_.TryCancel();
      Finish();
    }
    queue_.Shutdown();
    while (Step()) {
    }
  }

  // Once it has failed, it must not be called again.
  absl::Status Ask(const ServerReflectionRequest& question, ServerReflectionResponse& answer) {
    if (open_) {
      call_->Write(question, nullptr);
      open_ = Step();
    }
    if (open_) {
      call_->Read(&answer, nullptr);
      open_ = Step();
    }
    return open_ ? absl::OkStatus() : Explain(Finish());
  }

 private:
  // Waits for the operation that runs.
  bool Step() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Step();
    return status;
  }

  absl::Status Explain(const grpc::Status& status) const {
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      return absl::UnavailableError(
          "the server offers no reflection (grpc.reflection.v1alpha), which blooioctl needs to know its "
          "methods\nCheck that it is the gateway, and that its configuration has `server.reflection: true`.");
    }
    if (!connection_.Connected()) return connection_.Unreachable(status.error_message());
    return absl::UnavailableError(Cat("reflection ended early: ", status.error_message()));
  }

  const Connection& connection_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  grpc::TemplatedGenericStub<ServerReflectionRequest, ServerReflectionResponse> stub_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<ServerReflectionRequest, ServerReflectionResponse>> call_;
  bool open_ = false;
};

Reflection::Reflection(const Connection& connection) : stream_(std::make_unique<Stream>(connection)) {}

Reflection::~Reflection() = default;

absl::StatusOr<std::vector<std::string>> Reflection::ListServices() {
  ServerReflectionRequest question;
  question.set_list_services("*");
  ServerReflectionResponse answer;
  if (status_.ok()) status_ = stream_->Ask(question, answer);
  if (!status_.ok()) return status_;
  std::vector<std::string> names;
  for (const auto& service : answer.list_services_response().service()) names.push_back(service.name());
  if (names.empty()) status_ = absl::UnavailableError("the server's reflection names no services");
  if (!status_.ok()) return status_;
  return names;
}

bool Reflection::FindFileByName(const std::string& name, FileDescriptorProto* out) {
  if (known_.FindFileByName(name, out)) return true;
  ServerReflectionRequest question;
  question.set_file_by_filename(name);
  return Fetch(question) && known_.FindFileByName(name, out);
}

bool Reflection::FindFileContainingSymbol(const std::string& symbol, FileDescriptorProto* out) {
  if (known_.FindFileContainingSymbol(symbol, out)) return true;
  ServerReflectionRequest question;
  question.set_file_containing_symbol(symbol);
  return Fetch(question) && known_.FindFileContainingSymbol(symbol, out);
}

bool Reflection::Fetch(const ServerReflectionRequest& question) {
  ServerReflectionResponse answer;
  if (status_.ok()) status_ = stream_->Ask(question, answer);
  for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
    if (status_.ok()) status_ = Keep(bytes);
  }
  return status_.ok();
}

absl::Status Reflection::Keep(const std::string& bytes) {
  bytes_ += bytes.size();
  if (files_ >= kMaxFiles || bytes_ > kMaxBytes) {
    return absl::UnavailableError(Cat("the server's reflection shows more than ", kMaxFiles, " files or ",
                                      kMaxBytes, " bytes, which no gateway does"));
  }
  FileDescriptorProto file;
  FileDescriptorProto same_name;
  if (!file.ParseFromString(bytes)) {
    return absl::UnavailableError("the server's reflection shows a file that is no descriptor");
  }
  if (known_.FindFileByName(file.name(), &same_name)) return absl::OkStatus();
  ++files_;
  known_.Add(file);
  return absl::OkStatus();
}

}  // namespace blooio::client
