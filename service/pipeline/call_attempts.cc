// What a call does from one attempt to the next.
#include <algorithm>
#include <utility>

#include "service/pipeline/call.h"
#include "service/pipeline/refusals.h"
#include "service/transcoding/reply_reader.h"
#include "service/upstream/retry.h"

namespace blooio::gateway {
namespace {

// An attempt that its caller's deadline ended says something of the upstream only when
// it had this long.
constexpr absl::Duration kFairTime = absl::Seconds(1);

AttemptResult PastDeadline() {
  AttemptResult result;
  result.end = AttemptEnd::kDeadline;
  return result;
}

Circuit::Sign SignOf(const AttemptResult& result) {
  using Sign = Circuit::Sign;
  switch (result.end) {
    case AttemptEnd::kAnswered:
      // What it says of a call is the call's affair.
      return EffectOf(result) == Effect::kUnknown ? Sign::kFailed : Sign::kWell;
    case AttemptEnd::kLost:
      return Sign::kFailed;
    case AttemptEnd::kNotSent:
      // Nobody was asked for one that spent all its time in our own queue.
      return result.queued > absl::ZeroDuration() && result.queued >= result.took ? Sign::kNothing
                                                                                  : Sign::kUnreachable;
    case AttemptEnd::kDeadline:
      if (result.took - result.queued < kFairTime) return Sign::kNothing;
      return result.phase == Phase::kSent ? Sign::kFailed : Sign::kUnreachable;
    default:
      return Sign::kNothing;
  }
}

}  // namespace

void Pipeline::Call::Next() {
  if (const Why why = Stopped(); why != Why::kNone) return ConcludeStopped(why);
  // credentials/: the key that is in use, or the other one
  if (use_.key == nullptr) use_ = account_->keys->Usable();
  if (use_.key == nullptr) return End(AccountWithoutKey(facts.account, parts().randomness));
  // upstream/: is it down?
  if (circuit_ != nullptr) {
    if (const auto wait = circuit_->Blocked()) {
      return End(CircuitOpen(facts.account, *wait, facts.attempts, parts().randomness));
    }
  }
  Enter();
}

void Pipeline::Call::Enter() {
  limited.again = started_;
  self_ = shared_from_this();
  {
    std::lock_guard lock(mutex_);
    waits_ = true;
    ticket_ = 0;
    waits_since_ = 0;
  }
  const Decision decision = parts().limits.Enter(limited, self_);
  if (decision.outcome == Outcome::kWait) {
    Waits(decision.ticket);
  } else {
    Proceed(decision);
  }
}

void Pipeline::Call::Waits(uint64_t ticket) {
  Why why = Why::kNone;
  {
    std::lock_guard lock(mutex_);
    // It may have proceeded, or wait elsewhere, by now; the latest ticket is the greatest.
    if (!waits_) return;
    ticket_ = std::max(ticket_, ticket);
    if (waits_since_ == 0) {
      waits_since_ = parts().clock.Steady();
    }
    // One without a ticket cannot be shed.
    if (ticket_ != 0 && !started_ && place_ == Occupancy::Place()) {
      place_ = pipeline_.occupancy_.Wait(weight, weak_from_this());
    }
    why = why_;
  }
  if (why != Why::kNone) Leave(ticket, why);
}

void Pipeline::Call::Leave(uint64_t ticket, Why why) {
  if (!parts().limits.Leave(limited.account, ticket)) return;
  const auto self = std::move(self_);
  {
    std::lock_guard lock(mutex_);
    waits_ = false;
    ticket_ = 0;
    pipeline_.occupancy_.Stop(std::exchange(place_, {}));
  }
  ConcludeStopped(why);
}

void Pipeline::Call::Proceed(const Decision& decision) {
  const auto self = std::move(self_);
  Instant waited_since = 0;
  {
    std::lock_guard lock(mutex_);
    waits_ = false;
    ticket_ = 0;
    std::swap(waited_since, waits_since_);
    pipeline_.occupancy_.Stop(std::exchange(place_, {}));
  }
  if (waited_since != 0) {
    outcome.notes.queued += absl::Nanoseconds(parts().clock.Steady() - waited_since);
  }
  outcome.notes.shadowed_limits |= decision.shadowed;
  if (decision.outcome == Outcome::kRefuse) return End(RefusedBy(decision));
  const bool first = !std::exchange(started_, true);
  // What was chosen before it waited may be of no use any more.
  if (first && waited_since != 0) {
    use_ = account_->keys->Usable();
    // Nor may there be the time that an attempt takes.
    if (answer_by_ - parts().clock.Now() <= Typical()) {
      facts.now = parts().clock.Now();
      return End(ErrorFromAttempt(PastDeadline(), facts, parts().randomness));
    }
  }
  if (use_.key == nullptr) return End(AccountWithoutKey(facts.account, parts().randomness));
  if (circuit_ != nullptr) {
    pass_ = circuit_->TryPass();
    if (!pass_.allowed) {
      return End(CircuitOpen(facts.account, pass_.wait, facts.attempts, parts().randomness));
    }
  }
  StartAttempt();
}

void Pipeline::Call::StartAttempt() {
  const int number = ++facts.attempts;
  attempt_began_ = parts().clock.Steady();
  auto attempt = parts().upstream.Start(
      route_.api == Api::kV2 ? account_->v2 : account_->v4, use_.key, rest, answer_by_,
      [self = shared_from_this()](const AttemptResult& result) { self->Finish(result); });
  std::lock_guard lock(mutex_);
  // By now it may have ended, and the next one be under way.
  if (number < attempt_number_) return;
  attempt_number_ = number;
  attempt_ = std::move(attempt);
  if (why_ != Why::kNone) attempt_->Cancel();
}

void Pipeline::Call::Finish(const AttemptResult& result) {
  facts.now = parts().clock.Now();
  outcome.notes.Add(result);
  // A deadline or cancellation that came before the loop took the call up.
  if (result.phase == Phase::kQueue && result.end != AttemptEnd::kAnswered) --facts.attempts;
  outcome.http_status = result.status;
  ReportToCircuit(result);
  if (!facts.read_only && EffectOf(result) == Effect::kUnknown) facts.unknown = left_unknown_ = true;
  if (result.status == 429 && IsPassing(result)) {
    parts().limits.Throttled(limited.account, attempt_began_, AskedWait(result, facts.now));
  }
  if (ChangesKey(result)) return Next();
  if (const auto wait = RetriesAfter(result)) return Rest(*wait);
  Conclude(result);
}

void Pipeline::Call::ReportToCircuit(const AttemptResult& result) {
  if (circuit_ == nullptr) return;
  if (result.end == AttemptEnd::kAnswered) circuit_->Answered(result.took - result.queued);
  circuit_->Report(pass_, SignOf(result));
}

bool Pipeline::Call::ChangesKey(const AttemptResult& result) {
  const int status = result.end == AttemptEnd::kAnswered ? result.status : 0;
  use_ = account_->keys->Learn(std::move(use_), status);
  if (use_.key != nullptr) {
    ++keys_changed_;
    return true;
  }
  if (account_->probe != nullptr && !use_.tried.empty()) account_->probe->Tick();
  return false;
}

std::optional<absl::Duration> Pipeline::Call::RetriesAfter(const AttemptResult& result) {
  const bool safe = facts.read_only || key_travels || result.end == AttemptEnd::kNotSent;
  if (!safe || !IsPassing(result)) return std::nullopt;
  if (circuit_ != nullptr && circuit_->Blocked()) return std::nullopt;
  RetryQuestion question = {.attempts = facts.attempts - keys_changed_,
                            .max_attempts = outcome.state->max_attempts,
                            .left = answer_by_ - facts.now,
                            .typical = Typical()};
  if (result.retry_after || result.status == 429) question.asked = AskedWait(result, facts.now);
  const std::optional<absl::Duration> wait = RetryAfter(question, parts().randomness);
  return wait && pipeline_.retries_.Spend() ? wait : std::nullopt;
}

void Pipeline::Call::Rest(absl::Duration time) {
  Why why = Why::kNone;
  {
    std::lock_guard lock(mutex_);
    why = why_;
    rests_ = why == Why::kNone;
    if (rests_) self_ = shared_from_this();
  }
  if (why != Why::kNone) return ConcludeStopped(why);
  // One that ends meanwhile is gone at once.
  parts().timers.After(time, [weak = weak_from_this()] {
    const std::shared_ptr<Call> call = weak.lock();
    if (call != nullptr) call->Rise();
  });
}

void Pipeline::Call::Rise() {
  std::shared_ptr<Call> self;
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(rests_, false)) return;
    self = std::move(self_);
  }
  Next();
}

GatewayError Pipeline::Call::RefusedBy(const Decision& decision) {
  facts.now = parts().clock.Now();
  if (facts.now >= answer_by_) return ErrorFromAttempt(PastDeadline(), facts, parts().randomness);
  outcome.notes.limit = kLimitNames[static_cast<size_t>(decision.refusal.limit)];
  outcome.notes.shortage = kShortageNames[static_cast<size_t>(decision.refusal.shortage)];
  return RateLimited(decision.refusal, {outcome.account, outcome.caller, route_.method}, facts.attempts,
                     parts().randomness);
}

std::optional<GatewayError> Pipeline::Call::Read(const AttemptResult& result) {
  const bool success = result.end == AttemptEnd::kAnswered && EffectOf(result) == Effect::kDone;
  if (!success) return ErrorFromAttempt(result, facts, parts().randomness);
  std::string_view problem;
  if (result.body_incomplete) {
    problem = "its body is incomplete or too large";
  } else {
    const ReplyReading reading = ReadReply(route_, result.body, reply_);
    outcome.notes.drift = reading.drift;
    if (reading.readable && reading.proves_acceptance) return std::nullopt;
    problem = reading.readable ? "it names no message" : "its body is not the JSON object expected";
    reply_->Clear();
  }
  facts.unknown = left_unknown_ = !facts.read_only;
  return ErrorFromUnusableAnswer(result, facts, problem);
}

}  // namespace blooio::gateway
