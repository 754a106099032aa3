#include "service/pipeline/call.h"

#include "service/pipeline/refusals.h"
#include "service/transcoding/reply_reader.h"

namespace blooio::gateway {
std::shared_ptr<RunningCall> Pipeline::Call::Refuse(GatewayError error) {
  outcome.error = std::move(error);
  std::move(done_)(std::move(outcome));
  return nullptr;
}

void Pipeline::Call::Start(AttemptStarter& upstream, const Account& account, KeyUse use,
                           absl::Time answer_by) {
  upstream_ = &upstream;
  endpoint_ = route_.api == Api::kV2 ? account.v2 : account.v4;
  keys_ = account.keys;
  probe_ = account.probe;
  use_ = std::move(use);
  answer_by_ = answer_by;
  StartAttempt();
}

void Pipeline::Call::StartAttempt() {
  const int number = ++facts.attempts;
  auto attempt = upstream_->Start(
      endpoint_, use_.key, rest, answer_by_,
      [self = shared_from_this()](AttemptResult result) { self->Finish(std::move(result)); });
  std::lock_guard lock(mutex_);
  // By now it may have ended, and the next one be under way.
  if (number < attempt_number_) return;
  attempt_number_ = number;
  attempt_ = std::move(attempt);
  if (cancelled_ || abandoned_) attempt_->Cancel();
}

void Pipeline::Call::Stop(bool& why) {
  std::lock_guard lock(mutex_);
  why = true;
  if (attempt_ != nullptr) attempt_->Cancel();
}

void Pipeline::Call::Finish(AttemptResult result) {
  facts.now = clock_.Now();
  outcome.notes.Add(result);
  // A deadline or cancellation that came before the loop took the call up.
  if (result.phase == Phase::kQueue && result.end != AttemptEnd::kAnswered) --facts.attempts;
  if (ChangesKey(result)) return StartAttempt();
  outcome.attempts = facts.attempts;
  outcome.http_status = result.status;
  const bool abandoned = result.end == AttemptEnd::kCancelled && WasAbandoned();
  if (abandoned && result.phase != Phase::kSent) {
    outcome.error = Draining(randomness_);
  } else {
    if (abandoned) result.end = AttemptEnd::kLost;
    outcome.error = Read(result);
  }
  std::move(done_)(std::move(outcome));
}

bool Pipeline::Call::ChangesKey(AttemptResult& result) {
  const int status = result.end == AttemptEnd::kAnswered ? result.status : 0;
  use_ = keys_->Learn(std::move(use_), status);
  if (use_.key == nullptr) {
    if (probe_ != nullptr && !use_.tried.empty()) probe_->Tick();
    return false;
  }
  std::lock_guard lock(mutex_);
  if (!cancelled_ && !abandoned_) return true;
  // What was refused has not happened.
  result.end = AttemptEnd::kCancelled;
  result.phase = Phase::kConnect;
  return false;
}

bool Pipeline::Call::WasAbandoned() {
  std::lock_guard lock(mutex_);
  return abandoned_ && !cancelled_;
}

std::optional<GatewayError> Pipeline::Call::Read(const AttemptResult& result) {
  const bool success = result.end == AttemptEnd::kAnswered && result.status >= 200 && result.status < 300;
  if (!success) return ErrorFromAttempt(result, facts, randomness_);
  if (result.body_incomplete) {
    return ErrorFromUnusableAnswer(result, facts, "its body is incomplete or too large");
  }
  const ReplyReading reading = ReadReply(route_, result.body, reply_);
  outcome.notes.drift = reading.drift;
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
