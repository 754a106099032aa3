#include "service/pipeline/call.h"

#include "service/telemetry/log.h"
#include "service/transcoding/reply_reader.h"

namespace blooio::gateway {
namespace {

void LogDrift(const Route& route, const DriftCounts& drift) {
  if (!drift.any() || !IsLogged(LogLevel::kWarning)) return;
  std::string kinds;
  for (size_t i = 0; i < kDriftKinds; ++i) {
    if (drift.of[i] == 0) continue;
    if (!kinds.empty()) kinds += ' ';
    kinds += kDriftNames[i];
    kinds += '=';
    kinds += std::to_string(drift.of[i]);
  }
  Log(LogLevel::kWarning, "contract_drift", {{"method", route.method}, {"kinds", kinds}});
}

}  // namespace

std::shared_ptr<RunningCall> Pipeline::Call::Refuse(GatewayError error) {
  outcome.error = std::move(error);
  std::move(done_)(std::move(outcome));
  return nullptr;
}

void Pipeline::Call::Start(RestClient& upstream, std::shared_ptr<const Endpoint> endpoint,
                           absl::Time answer_by) {
  facts.attempts = 1;
  auto attempt =
      upstream.Start(std::move(endpoint), rest, answer_by,
                     [self = shared_from_this()](const AttemptResult& result) { self->Finish(result); });
  std::lock_guard lock(mutex_);
  attempt_ = std::move(attempt);
  if (cancelled_) attempt_->Cancel();
}

void Pipeline::Call::Cancel() {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (attempt_ != nullptr) attempt_->Cancel();
}

void Pipeline::Call::Finish(const AttemptResult& result) {
  facts.now = clock_.Now();
  // A deadline or cancellation that came before the loop took the call up.
  if (result.phase == Phase::kQueue && result.end != AttemptEnd::kAnswered) facts.attempts = 0;
  outcome.attempts = facts.attempts;
  outcome.http_status = result.status;
  outcome.error = Read(result);
  std::move(done_)(std::move(outcome));
}

std::optional<GatewayError> Pipeline::Call::Read(const AttemptResult& result) {
  const bool success = result.end == AttemptEnd::kAnswered && result.status >= 200 && result.status < 300;
  if (!success) return ErrorFromAttempt(result, facts, randomness_);
  if (result.body_incomplete) {
    return ErrorFromUnusableAnswer(result, facts, "its body is incomplete or too large");
  }
  const ReplyReading reading = ReadReply(route_, result.body, reply_);
  LogDrift(route_, reading.drift);
  std::string_view problem;
  if (!reading.readable) {
    problem = "its body is not the JSON object expected";
  } else if (!reading.proves_acceptance) {
    problem = "it names no message";
  } else {
    return std::nullopt;
  }
  reply_->Clear();
  return ErrorFromUnusableAnswer(result, facts, problem);
}

}  // namespace blooio::gateway
