#include "service/pipeline/call.h"

#include <algorithm>
#include <utility>

#include "service/pipeline/refusals.h"
#include "service/transcoding/reply_reader.h"

namespace blooio::gateway {
namespace {

// An attempt that never was.
AttemptResult Unsent(AttemptEnd end) {
  AttemptResult result;
  result.end = end;
  return result;
}

}  // namespace

std::shared_ptr<RunningCall> Pipeline::Call::Refuse(GatewayError error) {
  outcome.error = std::move(error);
  std::move(done_)(std::move(outcome));
  return nullptr;
}

std::shared_ptr<RunningCall> Pipeline::Call::Start(Turnstile& limits, AttemptStarter& upstream,
                                                   const Account& account, KeyUse use, absl::Time answer_by) {
  limits_ = &limits;
  upstream_ = &upstream;
  endpoint_ = route_.api == Api::kV2 ? account.v2 : account.v4;
  keys_ = account.keys;
  probe_ = account.probe;
  use_ = std::move(use);
  answer_by_ = answer_by;
  limited.waiter = this;
  if (Enter() == Outcome::kRefuse) return nullptr;
  return shared_from_this();
}

Outcome Pipeline::Call::Enter() {
  limited.again = started_;
  self_ = shared_from_this();
  {
    std::lock_guard lock(mutex_);
    waits_ = true;
    ticket_ = 0;
    waits_since_ = 0;
  }
  const Decision decision = limits_->Enter(limited, self_);
  if (decision.outcome == Outcome::kWait) {
    Waits(decision.ticket);
  } else {
    Proceed(decision);
  }
  return decision.outcome;
}

void Pipeline::Call::Waits(uint64_t ticket) {
  {
    std::lock_guard lock(mutex_);
    // It may have proceeded, or wait elsewhere, by now; the latest ticket is the greatest.
    if (!waits_) return;
    ticket_ = std::max(ticket_, ticket);
    if (waits_since_ == 0) waits_since_ = clock_.Steady();
    if (!cancelled_ && !abandoned_) return;
  }
  Leave(ticket);
}

void Pipeline::Call::Leave(uint64_t ticket) {
  if (!limits_->Leave(limited.account, ticket)) return;
  const auto self = std::move(self_);
  Conclude(Unsent(AttemptEnd::kCancelled));
}

void Pipeline::Call::Proceed(const Decision& decision) {
  const auto self = std::move(self_);
  Instant waited_since = 0;
  {
    std::lock_guard lock(mutex_);
    waits_ = false;
    ticket_ = 0;
    std::swap(waited_since, waits_since_);
  }
  if (waited_since != 0) outcome.notes.queued += absl::Nanoseconds(clock_.Steady() - waited_since);
  outcome.notes.shadowed_limits |= decision.shadowed;
  if (decision.outcome == Outcome::kRefuse) {
    outcome.error = RefusedBy(decision);
    return End();
  }
  const bool first = !std::exchange(started_, true);
  // What was chosen before it waited may be of no use any more.
  if (first && waited_since != 0) use_ = keys_->Usable();
  if (use_.key == nullptr) {
    outcome.error = AccountWithoutKey(facts.account, randomness_);
    return End();
  }
  StartAttempt();
}

void Pipeline::Call::StartAttempt() {
  const int number = ++facts.attempts;
  attempt_began_ = clock_.Steady();
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
  uint64_t ticket = 0;
  {
    std::lock_guard lock(mutex_);
    why = true;
    if (attempt_ != nullptr) attempt_->Cancel();
    ticket = ticket_;
  }
  if (ticket != 0) Leave(ticket);
}

void Pipeline::Call::Finish(AttemptResult result) {
  facts.now = clock_.Now();
  outcome.notes.Add(result);
  // A deadline or cancellation that came before the loop took the call up.
  if (result.phase == Phase::kQueue && result.end != AttemptEnd::kAnswered) --facts.attempts;
  outcome.http_status = result.status;
  if (ChangesKey(result)) {
    Enter();
    return;
  }
  Conclude(std::move(result));
}

void Pipeline::Call::Conclude(AttemptResult result) {
  outcome.attempts = facts.attempts;
  const bool abandoned = result.end == AttemptEnd::kCancelled && WasAbandoned();
  if (abandoned && result.phase != Phase::kSent) {
    outcome.error = Draining(randomness_);
  } else {
    if (abandoned) result.end = AttemptEnd::kLost;
    outcome.error = Read(result);
  }
  if (outcome.error && outcome.error->reason == v1::ERROR_REASON_UPSTREAM_RATE_LIMITED) {
    limits_->Throttled(limited.account, attempt_began_, AskedWait(result, facts.now));
  }
  End();
}

void Pipeline::Call::End() {
  Turnstile& limits = *limits_;
  const uint32_t account = limited.account;
  const bool room = started_ && limits.Finish(limited);
  std::move(done_)(std::move(outcome));
  if (room) limits.AdvanceSoon(account);
}

GatewayError Pipeline::Call::RefusedBy(const Decision& decision) {
  facts.now = clock_.Now();
  outcome.attempts = facts.attempts;
  if (facts.now >= answer_by_) {
    return ErrorFromAttempt(Unsent(AttemptEnd::kDeadline), facts, randomness_);
  }
  outcome.notes.limit = kLimitNames[static_cast<size_t>(decision.refusal.limit)];
  outcome.notes.shortage = kShortageNames[static_cast<size_t>(decision.refusal.shortage)];
  return RateLimited(decision.refusal, {outcome.account, outcome.caller, route_.method}, facts.attempts,
                     randomness_);
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
