#include "service/errors/outcome.h"

#include <algorithm>
#include <array>

#include "service/base/text.h"
#include "service/errors/upstream_body.h"

namespace blooio::gateway {
namespace {

using google::rpc::Code;

struct Row {
  int http_status;
  Code code;
  v1::ErrorReason reason;
  bool alarm;
  std::string_view sentence;
};

// Statuses that mean one thing whatever the call. Those that depend on the call
// (404, 409, 410, 429 and the retryable ones) are below.
constexpr std::array kRows = {
    Row{400, Code::INVALID_ARGUMENT, v1::ERROR_REASON_UPSTREAM_INVALID_ARGUMENT, false,
        "Blooio refused the request as invalid"},
    Row{401, Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_CREDENTIAL_REJECTED, true,
        "Blooio rejected the gateway's own key for this account; an operator has to replace it"},
    Row{402, Code::FAILED_PRECONDITION, v1::ERROR_REASON_UPSTREAM_PAYMENT_REQUIRED, false,
        "The account's plan does not cover this call"},
    Row{403, Code::FAILED_PRECONDITION, v1::ERROR_REASON_UPSTREAM_FORBIDDEN, false,
        "Blooio does not allow the account to do this"},
    Row{413, Code::INVALID_ARGUMENT, v1::ERROR_REASON_UPSTREAM_INVALID_ARGUMENT, false,
        "Blooio refused the request as too large"},
    Row{422, Code::INVALID_ARGUMENT, v1::ERROR_REASON_UPSTREAM_INVALID_ARGUMENT, false,
        "Blooio refused the request as invalid"},
    Row{501, Code::UNIMPLEMENTED, v1::ERROR_REASON_UPSTREAM_NOT_IMPLEMENTED, false,
        "Blooio has not built this yet"},
};

// Of a call that changes something. Those of some proxy's own (5xx beyond these) are too:
// it may have reached Blooio all the same.
constexpr std::array kMayHaveHappened = {408, 500, 502, 503, 504};

bool IsOneOf(const std::array<int, 5>& statuses, int status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

std::string Sentence(std::string_view what, std::string_view quote) {
  return quote.empty() ? Cat(what, ".") : Cat(what, ": ", quote);
}

// Facts that every error of an attempt carries.
ErrorBuilder& AddFacts(ErrorBuilder& error, const AttemptResult& result, const CallFacts& facts) {
  error.Fact("account", facts.account);
  if (facts.attempts > 0) error.Fact("attempts", Cat(facts.attempts));
  if (result.status > 0) error.Fact("http_status", Cat(result.status));
  return error.Fact("last_event", result.last_event);
}

void AddKey(ErrorBuilder& error, const CallFacts& facts) {
  if (facts.idempotency_key.empty()) return;
  google::rpc::RequestInfo request;
  request.set_request_id(facts.idempotency_key);
  error.Detail(request);
}

GatewayError Simple(const Row& row, const AttemptResult& result, const CallFacts& facts,
                    const UpstreamComplaint& complaint) {
  // What a refused key is told may repeat that key.
  const bool quoted = row.reason != v1::ERROR_REASON_UPSTREAM_CREDENTIAL_REJECTED;
  ErrorBuilder error(row.code, row.reason, Sentence(row.sentence, quoted ? complaint.message : ""));
  AddFacts(error, result, facts).Fact("upstream_code", quoted ? complaint.code : "");
  if (row.alarm) error.Alarm();
  return error.Build();
}

// It failed upstream, or the connection was lost: the answer depends on whether
// a blind repeat is safe.
GatewayError MayHaveHappened(std::string_view what, const AttemptResult& result, const CallFacts& facts,
                             const UpstreamComplaint& complaint, absl::Duration forecast,
                             Randomness& randomness) {
  if (facts.repeatable) {
    ErrorBuilder error(Code::UNAVAILABLE, v1::ERROR_REASON_UPSTREAM_UNAVAILABLE,
                       Sentence(Cat(what, "; a repeat is safe"), complaint.message));
    AddFacts(error, result, facts).Fact("upstream_code", complaint.code);
    AddKey(error, facts);
    return error.RepeatAfter(forecast, randomness).Build();
  }
  ErrorBuilder error(
      Code::UNKNOWN, v1::ERROR_REASON_OUTCOME_UNKNOWN,
      Sentence(Cat(what, "; whether the call took effect is unknown, do not repeat it blindly"),
               complaint.message));
  AddFacts(error, result, facts).Fact("upstream_code", complaint.code);
  AddKey(error, facts);
  return error.Build();
}

GatewayError TooMany(const AttemptResult& result, const CallFacts& facts, const UpstreamComplaint& complaint,
                     Randomness& randomness) {
  if (complaint.has_code) {
    return Simple(
        {429, Code::RESOURCE_EXHAUSTED, v1::ERROR_REASON_UPSTREAM_QUOTA_EXHAUSTED, false,
         "A quota of the account or the conversation is used up, which waiting a little does not cure"},
        result, facts, complaint);
  }
  ErrorBuilder error(Code::RESOURCE_EXHAUSTED, v1::ERROR_REASON_UPSTREAM_RATE_LIMITED,
                     Sentence("Blooio asks for fewer calls", complaint.message));
  return AddFacts(error, result, facts).RepeatAfter(AskedWait(result, facts.now), randomness).Build();
}

GatewayError Missing(const AttemptResult& result, const CallFacts& facts,
                     const UpstreamComplaint& complaint) {
  if (facts.path_field.empty() || !complaint.is_json) {
    if (result.status == 404) {
      return Simple({404, Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_ROUTE_MISSING, true,
                     "The upstream does not know this path; the account's base_url is probably wrong"},
                    result, facts, complaint);
    }
    return Simple({result.status, Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_UNEXPECTED_STATUS, false,
                   "The upstream answered with a status that fits no rule"},
                  result, facts, complaint);
  }
  ErrorBuilder error(Code::NOT_FOUND, v1::ERROR_REASON_UPSTREAM_NOT_FOUND,
                     Sentence(Cat("What ", facts.path_field, " names does not exist"), complaint.message));
  AddFacts(error, result, facts).Fact("upstream_code", complaint.code);
  google::rpc::ResourceInfo resource;
  // The kind only: the identifier itself is personal, and the caller has it.
  resource.set_resource_type(facts.path_field);
  resource.set_description("named by the request's path field of this type");
  return error.Detail(resource).Build();
}

GatewayError FromStatus(const AttemptResult& result, const CallFacts& facts, Randomness& randomness) {
  const UpstreamComplaint complaint = ReadComplaint(result.body);
  for (const Row& row : kRows) {
    if (row.http_status == result.status) return Simple(row, result, facts, complaint);
  }
  if (IsOneOf(kMayHaveHappened, result.status)) {
    return MayHaveHappened(Cat("Blooio answered with ", result.status), result, facts, complaint,
                           AskedWait(result, facts.now), randomness);
  }
  switch (result.status) {
    case 404:
    case 410:
      return Missing(result, facts, complaint);
    case 409:
      return facts.conflict_means_exists
                 ? Simple({409, Code::ALREADY_EXISTS, v1::ERROR_REASON_UPSTREAM_ALREADY_EXISTS, false,
                           "What was to be created exists already"},
                          result, facts, complaint)
                 : Simple({409, Code::FAILED_PRECONDITION, v1::ERROR_REASON_UPSTREAM_STATE_CONFLICT, false,
                           "The state of things forbids the call"},
                          result, facts, complaint);
    case 429:
      return TooMany(result, facts, complaint, randomness);
    default:
      break;
  }
  if (result.status > 500 && !facts.read_only) {
    return MayHaveHappened(Cat("The upstream answered with ", result.status), result, facts, complaint,
                           AskedWait(result, facts.now), randomness);
  }
  if (result.status >= 300 && result.status < 400) {
    return Simple(
        {result.status, Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_REDIRECTED, true,
         "The upstream answered with a redirect, which is never followed; the account's base_url is "
         "probably wrong"},
        result, facts, {});
  }
  return Simple({result.status, Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_UNEXPECTED_STATUS, false,
                 "The upstream answered with a status that fits no rule"},
                result, facts, complaint);
}

// By Phase.
constexpr std::array<std::string_view, 3> kPhaseNames = {"queue", "connect", "sent"};

GatewayError DeadlineExceeded(const AttemptResult& result, const CallFacts& facts, Randomness& randomness) {
  const bool sent = result.phase == Phase::kSent;
  std::string_view consequence = sent && !facts.read_only
                                     ? "after the call was sent, so it may have taken effect"
                                 : sent ? "before Blooio answered"
                                        : "before anything was sent";
  ErrorBuilder error(Code::DEADLINE_EXCEEDED, v1::ERROR_REASON_DEADLINE_EXCEEDED,
                     Cat("The deadline passed ", consequence, "."));
  AddFacts(error, result, facts).Fact("phase", kPhaseNames[static_cast<size_t>(result.phase)]);
  if (sent) AddKey(error, facts);
  if (!sent || facts.repeatable) error.RepeatAfter(kDefaultForecast, randomness);
  return error.Build();
}

}  // namespace

Effect EffectOf(const AttemptResult& result) {
  switch (result.end) {
    case AttemptEnd::kAnswered: {
      const int status = result.status;
      if (status >= 200 && status < 300) return Effect::kDone;
      const bool proxy = status > 500 && status != 501;
      return proxy || IsOneOf(kMayHaveHappened, status) ? Effect::kUnknown : Effect::kNone;
    }
    case AttemptEnd::kLost:
      return Effect::kUnknown;
    case AttemptEnd::kDeadline:
    case AttemptEnd::kCancelled:
      return result.phase == Phase::kSent ? Effect::kUnknown : Effect::kNone;
    default:
      return Effect::kNone;
  }
}

bool IsPassing(const AttemptResult& result) {
  if (result.end == AttemptEnd::kNotSent || result.end == AttemptEnd::kLost) return true;
  if (result.end != AttemptEnd::kAnswered) return false;
  if (result.status == 429) return !ReadComplaint(result.body).has_code;
  return IsOneOf(kMayHaveHappened, result.status);
}

GatewayError ErrorFromAttempt(const AttemptResult& result, const CallFacts& facts, Randomness& randomness) {
  switch (result.end) {
    case AttemptEnd::kAnswered:
      return FromStatus(result, facts, randomness);
    case AttemptEnd::kDeadline:
      return DeadlineExceeded(result, facts, randomness);
    case AttemptEnd::kLost:
      return MayHaveHappened(
          "No answer came from Blooio: the connection was lost or the attempt took too long", result, facts,
          {}, kDefaultForecast, randomness);
    case AttemptEnd::kNotSent: {
      ErrorBuilder error(Code::UNAVAILABLE, v1::ERROR_REASON_UPSTREAM_UNREACHABLE,
                         "Blooio could not be reached; nothing was sent.");
      return AddFacts(error, result, facts).RepeatAfter(kDefaultForecast, randomness).Build();
    }
    case AttemptEnd::kUnsendable: {
      ErrorBuilder error(Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_UNREACHABLE,
                         "The call could not be put on the wire; nothing was sent.");
      return AddFacts(error, result, facts).Alarm().Build();
    }
    case AttemptEnd::kTlsUntrusted: {
      ErrorBuilder error(
          Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_TLS_UNTRUSTED,
          "The upstream's certificate was not accepted; nothing was sent, and an operator has to "
          "look at upstream.ca_file and the account's base_url.");
      return AddFacts(error, result, facts).Alarm().Build();
    }
    case AttemptEnd::kCancelled:
      break;
  }
  GatewayError cancelled;
  cancelled.status.set_code(Code::CANCELLED);
  cancelled.status.set_message("The caller cancelled the call.");
  return cancelled;
}

GatewayError ErrorFromUnusableAnswer(const AttemptResult& result, const CallFacts& facts,
                                     std::string_view what_is_wrong) {
  if (facts.read_only) {
    ErrorBuilder error(Code::INTERNAL, v1::ERROR_REASON_UPSTREAM_BAD_RESPONSE,
                       Cat("Blooio's answer cannot be used: ", what_is_wrong, "."));
    return AddFacts(error, result, facts).Build();
  }
  ErrorBuilder error(Code::UNKNOWN, v1::ERROR_REASON_OUTCOME_UNKNOWN,
                     Cat("Blooio probably accepted the call, but its answer cannot be used: ", what_is_wrong,
                         "; do not repeat it blindly."));
  AddFacts(error, result, facts).Fact("accepted_likely", "true");
  AddKey(error, facts);
  return error.Build();
}

GatewayError KeepUnknown(GatewayError later, const CallFacts& facts, Randomness& randomness) {
  AttemptResult sent;
  sent.phase = Phase::kSent;
  sent.last_event = later.reason == v1::ERROR_REASON_UNSPECIFIED ? "" : ReasonName(later.reason);
  switch (later.reason) {
    case v1::ERROR_REASON_UNSPECIFIED:  // Nobody receives it.
    case v1::ERROR_REASON_OUTCOME_UNKNOWN:
    case v1::ERROR_REASON_UPSTREAM_UNAVAILABLE:
      return later;
    case v1::ERROR_REASON_DEADLINE_EXCEEDED:
      return DeadlineExceeded(sent, facts, randomness);
    default:
      break;
  }
  constexpr std::string_view kWhat = "An attempt before may have taken effect, and the last one did not tell";
  const absl::Duration forecast =
      later.pushback_ms > 0 ? absl::Milliseconds(later.pushback_ms) : kDefaultForecast;
  GatewayError error = MayHaveHappened(kWhat, sent, facts, {}, forecast, randomness);
  error.alarm = later.alarm;
  return error;
}

}  // namespace blooio::gateway
