#include "service/pipeline/call.h"

#include <algorithm>
#include <utility>

#include "service/pipeline/refusals.h"

namespace blooio::gateway {
namespace {

// After a call has to have ended nothing of it runs any more; clocks and threads may lag.
constexpr absl::Duration kClaimMargin = absl::Seconds(1);

AttemptResult Cancelled() {
  AttemptResult result;
  result.end = AttemptEnd::kCancelled;
  return result;
}

}  // namespace

std::shared_ptr<RunningCall> Pipeline::Call::Refuse(GatewayError error) {
  End(std::move(error));
  return nullptr;
}

bool Pipeline::Call::Admit() { return admitted_ = pipeline_.occupancy_.Enter(weight); }

std::shared_ptr<RunningCall> Pipeline::Call::Start(const Account& account, absl::Time answer_by) {
  account_ = &account;
  circuit_ = (route_.api == Api::kV2 ? account.v2_circuit : account.v4_circuit).get();
  answer_by_ = answer_by;
  limited.waiter = this;
  pipeline_.retries_.Earn();
  if (keyed) payload_ = PayloadOf(rest, key);
  if (key_travels) rest.headers.push_back({route_.KeyHeader(), UpstreamKey(*operation)});
  if (keyed) {
    parts().ledger.Begin(
        {*operation, payload_},
        {.lasts = answer_by - facts.now + kClaimMargin, .resumable = key_travels, .known_only = known_only},
        [self = shared_from_this()](const Found& found) { self->Answered(found); });
  } else {
    Next();
  }
  return Running();
}

std::shared_ptr<RunningCall> Pipeline::Call::Look(const OperationId& id) {
  known_only = true;
  parts().ledger.Look(id, [self = shared_from_this()](const Found& found) { self->Answered(found); });
  return Running();
}

std::shared_ptr<RunningCall> Pipeline::Call::Running() {
  std::lock_guard lock(mutex_);
  return ended_ ? nullptr : shared_from_this();
}

void Pipeline::Call::Answered(const Found& found) {
  outcome.notes.ledger = StandingName(found.what);
  claim_ = found.claim;
  switch (found.what) {
    case Standing::kBegun:
      return Next();
    case Standing::kResumed:
      facts.unknown = true;
      return Next();
    case Standing::kFull:
    case Standing::kAway:
      // Upstream its key protects it all the same, whatever has become of it before.
      if (key_travels && !known_only) {
        facts.unknown = true;
        return Next();
      }
      return End(Overloaded(found.what == Standing::kFull
                                ? "The gateway has as many keyed calls to remember as it can"
                                : "The ledger that protects keyed calls cannot be reached",
                            facts.account, parts().randomness));
    case Standing::kDone:
      if (reply_->ParseFromString(found.reply)) return End(std::nullopt);
      return End(StillUnknown(facts.account));
    case Standing::kRunning:
      return End(InProgress(facts.account, parts().randomness));
    case Standing::kReused:
      return End(KeyReused(facts.account));
    case Standing::kAbsent:
      outcome.known = found.known;
      return End(StillUnknown(facts.account));
    case Standing::kUnknown:
      return End(StillUnknown(facts.account));
  }
}

void Pipeline::Call::Settle() {
  Settlement settlement;
  if (claim_ == 0) {
    // Its caller is told the key that was minted for it, and may ask by that.
    const bool told = outcome.error && outcome.error->reason != v1::ERROR_REASON_UNSPECIFIED;
    if (keyed || !key_travels || !left_unknown_ || !told) return;
    rest.headers.pop_back();
    parts().ledger.Settle({*operation, PayloadOf(rest, key)}, 0, std::move(settlement));
    return;
  }
  if (!outcome.error) {
    settlement = {Settlement::kDone, reply_->SerializeAsString()};
  } else {
    settlement.kind = left_unknown_ ? Settlement::kUnknown : Settlement::kNotDone;
  }
  parts().ledger.Settle({*operation, payload_}, claim_, std::move(settlement));
}

void Pipeline::Call::Stop(Why why) {
  uint64_t ticket = 0;
  std::shared_ptr<Call> rested;
  {
    std::lock_guard lock(mutex_);
    ticket = ticket_;
    // What is shed may have its turn just now, and then goes on.
    if (why != Why::kShed) {
      why_ = std::max(why_, why);
      if (attempt_ != nullptr) attempt_->Cancel();
      if (std::exchange(rests_, false)) rested = std::move(self_);
    }
  }
  if (ticket != 0) Leave(ticket, why);
  if (rested != nullptr) ConcludeStopped(why);
}

Pipeline::Call::Why Pipeline::Call::Stopped() {
  std::lock_guard lock(mutex_);
  return why_;
}

void Pipeline::Call::ConcludeStopped(Why why) {
  facts.now = parts().clock.Now();
  if (why == Why::kAbandoned) return End(Draining(parts().randomness));
  if (why == Why::kShed) {
    return End(
        Overloaded("The gateway carries as many calls as it may, and this one's caller has less weight",
                   facts.account, parts().randomness));
  }
  End(ErrorFromAttempt(Cancelled(), facts, parts().randomness));
}

void Pipeline::Call::Conclude(const AttemptResult& result) {
  const Why why = result.end == AttemptEnd::kCancelled ? Stopped() : Why::kNone;
  if (why == Why::kAbandoned) {
    if (result.phase != Phase::kSent) return ConcludeStopped(why);
    AttemptResult lost = result;
    lost.end = AttemptEnd::kLost;
    return End(Read(lost));
  }
  End(Read(result));
}

void Pipeline::Call::End(std::optional<GatewayError> error) {
  if (error && facts.unknown) error = KeepUnknown(*std::move(error), facts, parts().randomness);
  outcome.error = std::move(error);
  outcome.attempts = facts.attempts;
  Settle();
  const bool room = started_ && parts().limits.Finish(limited);
  if (admitted_) pipeline_.occupancy_.Leave();
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  Turnstile& limits = parts().limits;
  const uint32_t account = limited.account;
  std::move(done_)(std::move(outcome));
  if (room) limits.AdvanceSoon(account);
}

}  // namespace blooio::gateway
