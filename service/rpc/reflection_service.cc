#include "service/rpc/reflection_service.h"

#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "service/rpc/reflect.h"
#include "service/rpc/side_call.h"

namespace blooio::gateway {
namespace {

using grpc::reflection::v1alpha::ServerReflection;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

std::vector<std::string> WithStandardOnes(std::vector<std::string> names) {
  names.emplace_back(grpc::health::v1::Health::service_full_name());
  names.emplace_back(ServerReflection::service_full_name());
  return names;
}

}  // namespace

namespace {

// An answer repeats its question, and a stream holds both until its caller reads.
constexpr size_t kLongestQuestion = 4096;

}  // namespace

class ReflectionService::Stream final : public SideCall {
 public:
  static void Await(ReflectionService& reflection, grpc::ServerCompletionQueue* queue) {
    auto* call = new Stream(reflection, queue);
    reflection.service_.RequestServerReflectionInfo(&call->context_, &call->stream_, queue, queue,
                                                    &call->arrived_);
  }

 private:
  Stream(ReflectionService& reflection, grpc::ServerCompletionQueue* queue)
      : SideCall(reflection.calls_, queue), reflection_(reflection) {}

  void Arrived(bool ok) {
    if (!ok) return Delete();
    Await(reflection_, queue_);
    stream_.Read(&question_, &asked_);
  }
  void Asked(bool ok) {
    if (!ok) return stream_.Finish(grpc::Status::OK, &finished_);
    if (question_.ByteSizeLong() > kLongestQuestion) {
      return stream_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "the question is too long"}, &finished_);
    }
    stream_.Write(Reflect(question_, reflection_.names_), &answered_);
  }
  void Answered(bool ok) {
    if (!ok) return stream_.Finish(grpc::Status::OK, &finished_);
    stream_.Read(&question_, &asked_);
  }
  void Finished(bool) { Delete(); }

  ReflectionService& reflection_;
  ServerReflectionRequest question_;
  grpc::ServerAsyncReaderWriter<ServerReflectionResponse, ServerReflectionRequest> stream_{&context_};
  Tag arrived_ = Tag::To<&Stream::Arrived>(this);
  Tag asked_ = Tag::To<&Stream::Asked>(this);
  Tag answered_ = Tag::To<&Stream::Answered>(this);
  Tag finished_ = Tag::To<&Stream::Finished>(this);
};

ReflectionService::ReflectionService(CallRegistry& calls, std::vector<std::string> names)
    : calls_(calls), names_(WithStandardOnes(std::move(names))) {
  // To touch them is what links them: what error details are made of, and health.
  for (const auto* linked : {google::rpc::Status::descriptor(), google::rpc::ErrorInfo::descriptor(),
                             grpc::health::v1::HealthCheckRequest::descriptor()}) {
    (void)linked;
  }
}

void ReflectionService::Await(grpc::ServerCompletionQueue* queue) { Stream::Await(*this, queue); }

}  // namespace blooio::gateway
