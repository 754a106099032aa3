#include "service/pipeline/refusals.h"

#include <iterator>

#include "service/base/text.h"
#include "service/credentials/account_keys.h"

namespace blooio::gateway {

using google::rpc::Code;

namespace {

// One that is not worth repeating and has nothing else to tell.
GatewayError Final(Code code, v1::ErrorReason reason, std::string_view sentence, std::string_view account) {
  return ErrorBuilder(code, reason, sentence).Fact("account", account).Build();
}

}  // namespace

GatewayError Unauthenticated(IdentityFailure failure) {
  return ErrorBuilder(Code::UNAUTHENTICATED, v1::ERROR_REASON_CALLER_UNAUTHENTICATED,
                      FailureSentence(failure))
      .Fact("cause", FailureWord(failure))
      .Build();
}

GatewayError NotAllowed(PolicyRule broken, std::string_view account) {
  static constexpr std::string_view kSentences[] = {
      "",
      "The caller may not use the account that blooio-account names.",
      "The caller may not call this method.",
      "The caller may only send from numbers granted to it, and has to name one.",
      "The caller may only use channels granted to it, and has to name one.",
      "The call reaches more recipients than the caller may reach at once.",
  };
  static_assert(std::size(kSentences) == std::size(kPolicyRuleNames));
  ErrorBuilder error(Code::PERMISSION_DENIED, v1::ERROR_REASON_CALLER_NOT_ALLOWED,
                     kSentences[static_cast<size_t>(broken)]);
  if (!account.empty()) error.Fact("account", account);
  return error.Fact("rule", RuleWord(broken)).Build();
}

GatewayError InvalidRequest(const Violations& violations, std::string_view account) {
  google::rpc::BadRequest details;
  for (const Violation& violation : violations.first) {
    auto* field = details.add_field_violations();
    field->set_field(violation.path);
    field->set_description(violation.description);
  }
  const Violation& first = violations.first.front();
  const size_t others = violations.first.size() + violations.more - 1;
  std::string message = Cat("The request is invalid: ", first.path, " ", first.description);
  if (others > 0) Append(&message, " (and ", others, others == 1 ? " more violation)" : " more violations)");
  return ErrorBuilder(Code::INVALID_ARGUMENT, v1::ERROR_REASON_INVALID_REQUEST, message + ".")
      .Fact("account", account)
      .BadRequest(std::move(details), violations.more)
      .Build();
}

GatewayError AccountWithoutKey(std::string_view account, Randomness& randomness) {
  return ErrorBuilder(Code::UNAVAILABLE, v1::ERROR_REASON_ACCOUNT_WITHOUT_KEY,
                      "Blooio accepts none of the gateway's keys for this account; nothing was sent, and an "
                      "operator has to replace them.")
      .Fact("account", account)
      .RepeatAfter(AccountKeys::kProbePeriod, randomness)
      .Build();
}

namespace {

std::string_view LimitSentence(const Refusal& refusal) {
  const bool account = refusal.limit == LimitKind::kAccount;
  switch (refusal.shortage) {
    case Shortage::kInFlight:
      return account ? "The account has as many calls under way as it may have"
                     : "The caller has as many calls under way as it may have";
    case Shortage::kQueue:
      return "Too many calls wait for the account";
    case Shortage::kClosed:
      return "Blooio has asked for fewer calls, and the account is closed until it may be called again";
    default:
      break;
  }
  if (account) return "The account's rate is used up for longer than the call could wait";
  return refusal.limit == LimitKind::kCaller ? "The caller is over its rate"
                                             : "The caller is over its rate for this method";
}

// "account:main", and "20 a second, burst 40: 3 left".
void Describe(const Refusal& refusal, const LimitOwners& names,
              google::rpc::QuotaFailure::Violation& violation) {
  const std::string_view owners[] = {names.account, names.caller, names.method};
  const auto kind = static_cast<size_t>(refusal.limit);
  violation.set_subject(Cat(kLimitNames[kind], ":", owners[kind]));
  if (refusal.shortage == Shortage::kClosed) {
    violation.set_description("closed after a 429 of Blooio's");
  } else if (refusal.shortage == Shortage::kQueue) {
    violation.set_description("as many calls wait as may");
  } else if (refusal.shortage == Shortage::kInFlight) {
    violation.set_description(Cat(refusal.in_flight, " of ", refusal.most_in_flight, " calls under way"));
  } else {
    // Of slow rates the reciprocal can be read.
    const bool slow = refusal.rate > 0 && refusal.rate < 1;
    const std::string rate = slow ? Cat("1 in ", 1 / refusal.rate, " s") : Cat(refusal.rate, " a second");
    violation.set_description(Cat(rate, ", burst ", refusal.burst, ": ", refusal.remaining, " left"));
  }
}

}  // namespace

GatewayError RateLimited(const Refusal& refusal, const LimitOwners& names, int attempts,
                         Randomness& randomness) {
  const auto reason = refusal.limit == LimitKind::kAccount ? v1::ERROR_REASON_ACCOUNT_RATE_LIMITED
                                                           : v1::ERROR_REASON_CALLER_RATE_LIMITED;
  ErrorBuilder error(
      Code::RESOURCE_EXHAUSTED, reason,
      Cat(LimitSentence(refusal), attempts == 0 ? "; nothing was sent." : "; nothing more was sent."));
  error.Fact("account", names.account);
  if (attempts > 0) error.Fact("attempts", Cat(attempts));
  google::rpc::QuotaFailure quota;
  Describe(refusal, names, *quota.add_violations());
  const absl::Duration wait =
      refusal.retry_after == kNever ? absl::InfiniteDuration() : absl::Nanoseconds(refusal.retry_after);
  if (refusal.promised) {
    error.RepeatExactlyAfter(wait);
  } else {
    error.RepeatAfter(wait, randomness);
  }
  return error.Detail(quota).Build();
}

GatewayError Overloaded(std::string_view why, std::string_view account, Randomness& randomness) {
  return ErrorBuilder(Code::UNAVAILABLE, v1::ERROR_REASON_GATEWAY_OVERLOADED,
                      Cat(why, "; nothing was sent, and a repeat is safe."))
      .Fact("account", account)
      .RepeatAfter(absl::Seconds(1), randomness)
      .Build();
}

GatewayError CircuitOpen(std::string_view account, absl::Duration wait, int attempts,
                         Randomness& randomness) {
  ErrorBuilder error(
      Code::UNAVAILABLE, v1::ERROR_REASON_UPSTREAM_CIRCUIT_OPEN,
      "Blooio has failed too often just now and is left alone until the next probe; nothing was "
      "sent, and a repeat is safe.");
  error.Fact("account", account);
  if (attempts > 0) error.Fact("attempts", Cat(attempts));
  return error.RepeatAfter(wait, randomness).Build();
}

GatewayError KeyReused(std::string_view account) {
  return Final(Code::FAILED_PRECONDITION, v1::ERROR_REASON_IDEMPOTENCY_KEY_REUSED,
               "The idempotency key belongs to another request of this caller; nothing was sent. Use a "
               "new key for a new operation.",
               account);
}

GatewayError InProgress(std::string_view account, Randomness& randomness) {
  return ErrorBuilder(
             Code::ABORTED, v1::ERROR_REASON_OPERATION_IN_PROGRESS,
             "A call with the same idempotency key is under way; repeat this one to learn how it ended.")
      .Fact("account", account)
      .RepeatAfter(absl::Milliseconds(500), randomness)
      .Build();
}

GatewayError StillUnknown(std::string_view account) {
  return Final(Code::UNKNOWN, v1::ERROR_REASON_OUTCOME_UNKNOWN,
               "A call with the same idempotency key may have taken effect, and Blooio has no key to ask "
               "it by; nothing more was sent. Look at what exists before trying another key.",
               account);
}

GatewayError Draining(Randomness& randomness) {
  return ErrorBuilder(Code::UNAVAILABLE, v1::ERROR_REASON_GATEWAY_DRAINING,
                      "The gateway is shutting down; nothing was sent, and a repeat elsewhere is safe.")
      .RepeatAfter(absl::Milliseconds(100), randomness)
      .Build();
}

GatewayError RetryWithoutKey(std::string_view account) {
  return Final(Code::FAILED_PRECONDITION, v1::ERROR_REASON_RETRY_WITHOUT_KEY,
               "A client library repeated a call that no idempotency key protects; the repeat was not "
               "sent. Set idempotency_key where the upstream takes one, or switch the library's retries off.",
               account);
}

}  // namespace blooio::gateway
