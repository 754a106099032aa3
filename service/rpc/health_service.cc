#include "service/rpc/health_service.h"

#include "service/rpc/side_call.h"

namespace blooio::gateway {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

namespace {

// As in gRPC's own: a watch keeps its name for as long as its caller likes.
constexpr size_t kLongestName = 200;

}  // namespace

class HealthService::Check final : public SideCall {
 public:
  static void Await(HealthService& health, grpc::ServerCompletionQueue* queue) {
    auto* call = new Check(health, queue);
    health.service_.RequestCheck(&call->context_, &call->request_, &call->answer_, queue, queue,
                                 &call->arrived_);
  }

 private:
  Check(HealthService& health, grpc::ServerCompletionQueue* queue)
      : SideCall(health.calls_, queue), health_(health) {}

  void Arrived(bool ok) {
    if (!ok) return Delete();
    Await(health_, queue_);
    HealthCheckResponse reply;
    {
      std::lock_guard lock(health_.mutex_);
      reply.set_status(health_.Find(request_.service()));
    }
    if (reply.status() == HealthCheckResponse::SERVICE_UNKNOWN) {
      answer_.FinishWithError({grpc::StatusCode::NOT_FOUND, "service name unknown"}, &answered_);
    } else {
      answer_.Finish(reply, grpc::Status::OK, &answered_);
    }
  }
  void Answered(bool) { Delete(); }

  HealthService& health_;
  HealthCheckRequest request_;
  grpc::ServerAsyncResponseWriter<HealthCheckResponse> answer_{&context_};
  Tag arrived_ = Tag::To<&Check::Arrived>(this);
  Tag answered_ = Tag::To<&Check::Answered>(this);
};

class HealthService::Watch final : public SideCall {
 public:
  static void Await(HealthService& health, grpc::ServerCompletionQueue* queue) {
    auto* call = new Watch(health, queue);
    health.service_.RequestWatch(&call->context_, &call->request_, &call->stream_, queue, queue,
                                 &call->arrived_);
  }

  // Sends the status, unless that was sent last or a write is under way. With the mutex.
  void Say() {
    const Status status = health_.Find(request_.service());
    if (writing_ || ended_ || status == said_.status()) return;
    writing_ = true;
    said_.set_status(status);
    stream_.Write(said_, &written_);
  }

 private:
  Watch(HealthService& health, grpc::ServerCompletionQueue* queue)
      : SideCall(health.calls_, queue), health_(health) {
    context_.AsyncNotifyWhenDone(&over_);
  }

  void Arrived(bool ok) {
    if (!ok) return Delete();  // gRPC will not report an end either.
    Await(health_, queue_);
    if (request_.service().size() > kLongestName) {
      request_ = HealthCheckRequest();
      request_.set_service("(a name too long)");  // Nobody's.
    }
    std::lock_guard lock(health_.mutex_);
    health_.watches_.insert(this);
    Say();
  }
  void Written(bool) {
    std::unique_lock lock(health_.mutex_);
    writing_ = false;
    if (!ended_) return Say();
    lock.unlock();
    Delete();
  }
  // The only end that there is: its caller's, or the server's.
  void Over(bool) {
    std::unique_lock lock(health_.mutex_);
    health_.watches_.erase(this);
    ended_ = true;
    if (writing_) return;
    lock.unlock();
    Delete();
  }

  HealthService& health_;
  HealthCheckRequest request_;
  grpc::ServerAsyncWriter<HealthCheckResponse> stream_{&context_};
  HealthCheckResponse said_;  // UNKNOWN, which is never said, at first.
  bool writing_ = false;
  bool ended_ = false;
  Tag arrived_ = Tag::To<&Watch::Arrived>(this);
  Tag written_ = Tag::To<&Watch::Written>(this);
  Tag over_ = Tag::To<&Watch::Over>(this);
};

void HealthService::Await(grpc::ServerCompletionQueue* queue) {
  // One of each: those that come meanwhile wait in gRPC.
  Check::Await(*this, queue);
  Watch::Await(*this, queue);
}

void HealthService::Set(const std::vector<std::string>& names, bool serving) {
  std::lock_guard lock(mutex_);
  names_ = {names.begin(), names.end()};
  names_.insert("");
  serving_ = serving;
  for (Watch* watch : watches_) watch->Say();
}

HealthService::Status HealthService::Find(const std::string& service) const {
  if (!names_.contains(service)) return HealthCheckResponse::SERVICE_UNKNOWN;
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace blooio::gateway
