#include "tests/integration/fault_foresight.h"

#include <algorithm>

namespace blooio::integration {
namespace {

using google::rpc::Code;

constexpr int kMostAttempts = 3;

bool IsTrouble(int status) { return status == 408 || (status >= 500 && status != 501); }

int StatusOf(const CallKind& kind, const Meeting& meeting) {
  if (meeting.what != Meeting::kAnswer && meeting.what != Meeting::kUnusable) return 0;
  return meeting.status == 0 ? kind.status : meeting.status;
}

bool Succeeds(const CallKind& kind, const Meeting& meeting) {
  return meeting.what == Meeting::kAnswer && StatusOf(kind, meeting) / 100 == 2;
}

// It may have happened for all that the gateway knows.
bool LeavesOpen(const Meeting& meeting) {
  return meeting.what == Meeting::kLost || meeting.what == Meeting::kUnusable ||
         meeting.what == Meeting::kDeadline ||
         (meeting.what == Meeting::kAnswer && IsTrouble(meeting.status));
}

// Another attempt may fare better, and cannot do what the call asks for twice.
bool IsTriedAgain(const CallKind& kind, const Meeting& meeting) {
  if (meeting.long_wait) return false;
  if (meeting.what == Meeting::kNotSent) return true;
  if (!kind.read && !kind.travels) return false;
  return meeting.what == Meeting::kLost ||
         (meeting.what == Meeting::kAnswer &&
          (IsTrouble(meeting.status) || (meeting.status == 429 && !meeting.coded)));
}

struct Ending {
  Code code;
  std::string reason;
  bool repeat;
};

Ending Open(const CallKind& kind) {
  if (kind.repeatable()) return {Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true};
  return {Code::UNKNOWN, "OUTCOME_UNKNOWN", false};
}

Ending OfAnswer(const CallKind& kind, const Meeting& meeting) {
  if (IsTrouble(meeting.status)) return Open(kind);
  switch (meeting.status) {
    case 409:
      return kind.create ? Ending{Code::ALREADY_EXISTS, "UPSTREAM_ALREADY_EXISTS", false}
                         : Ending{Code::FAILED_PRECONDITION, "UPSTREAM_STATE_CONFLICT", false};
    case 422:
      return {Code::INVALID_ARGUMENT, "UPSTREAM_INVALID_ARGUMENT", false};
    case 429:
      return meeting.coded ? Ending{Code::RESOURCE_EXHAUSTED, "UPSTREAM_QUOTA_EXHAUSTED", false}
                           : Ending{Code::RESOURCE_EXHAUSTED, "UPSTREAM_RATE_LIMITED", true};
    default:
      return {Code::OK, "no row for this status", false};
  }
}

// What the last attempt says, were it the only one.
Ending Of(const CallKind& kind, const Meeting& meeting) {
  switch (meeting.what) {
    case Meeting::kAnswer:
      return OfAnswer(kind, meeting);
    case Meeting::kUnusable:
      return kind.read ? Ending{Code::INTERNAL, "UPSTREAM_BAD_RESPONSE", false}
                       : Ending{Code::UNKNOWN, "OUTCOME_UNKNOWN", false};
    case Meeting::kLost:
      return Open(kind);
    case Meeting::kNotSent:
      return {Code::UNAVAILABLE, "UPSTREAM_UNREACHABLE", true};
    case Meeting::kUntrusted:
      return {Code::INTERNAL, "UPSTREAM_TLS_UNTRUSTED", false};
    case Meeting::kDeadline:
      return {Code::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", kind.repeatable()};
    case Meeting::kCircuitOpen:
      return {Code::UNAVAILABLE, "UPSTREAM_CIRCUIT_OPEN", true};
    case Meeting::kLimited:
      return {Code::RESOURCE_EXHAUSTED, "ACCOUNT_RATE_LIMITED", true};
  }
  return {};
}

}  // namespace

Foreseen Foresee(const CallKind& kind, const std::vector<Meeting>& meetings) {
  Foreseen seen;
  while (true) {
    const Meeting& meeting = meetings[std::min<size_t>(seen.attempts, meetings.size() - 1)];
    const bool made = meeting.what != Meeting::kCircuitOpen && meeting.what != Meeting::kLimited;
    if (made) {
      ++seen.attempts;
      seen.status = StatusOf(kind, meeting);
      if (meeting.arrives) ++seen.requests;
      // The upstream knows a key that it has seen.
      const bool executes = meeting.executes || Succeeds(kind, meeting);
      if (!kind.read && executes && (seen.executed == 0 || !kind.travels)) ++seen.executed;
    }
    if (Succeeds(kind, meeting)) {
      seen.unknown = false;
      return seen;
    }
    const bool was_unknown = seen.unknown;
    seen.unknown = was_unknown || (!kind.read && LeavesOpen(meeting));
    if (made && seen.attempts < kMostAttempts && IsTriedAgain(kind, meeting)) continue;
    // An attempt that is not made leaves the word to the one before.
    const bool stops = meeting.what == Meeting::kCircuitOpen && seen.attempts > 0;
    const Meeting& last = stops ? meetings[std::min<size_t>(seen.attempts, meetings.size()) - 1] : meeting;
    // Whatever came last: what an earlier attempt left open stays so.
    const bool hides = was_unknown && !LeavesOpen(last);
    const Ending ending = hides ? Open(kind) : Of(kind, last);
    seen.code = ending.code;
    seen.reason = ending.reason;
    seen.repeat = ending.repeat;
    return seen;
  }
}

int AgainStatus(const CallKind& kind, bool executed) {
  return executed && kind.travels && kind.status == 202 ? 200 : kind.status;
}

Foreseen ForeseeRepeat(const CallKind& kind, const Foreseen& first) {
  // The ledger knows the answer.
  if (kind.keyed && first.code == Code::OK) return {.executed = first.executed};
  if (kind.create && first.unknown) {
    return {.code = Code::UNKNOWN, .reason = "OUTCOME_UNKNOWN", .executed = first.executed, .unknown = true};
  }
  const int executed = kind.read ? 0 : std::max(first.executed, 1);
  return {
      .attempts = 1, .requests = 1, .executed = executed, .status = AgainStatus(kind, first.executed > 0)};
}

}  // namespace blooio::integration
