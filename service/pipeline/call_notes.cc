#include "service/pipeline/call_notes.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

AttemptKind KindOf(const AttemptResult& attempt) {
  constexpr std::array kAnswers = {AttemptKind::k2xx, AttemptKind::k3xx, AttemptKind::k4xx,
                                   AttemptKind::k5xx};
  switch (attempt.end) {
    case AttemptEnd::kAnswered:
      return kAnswers[static_cast<size_t>(std::clamp(attempt.status / 100, 2, 5) - 2)];
    case AttemptEnd::kLost:
      return AttemptKind::kLost;
    case AttemptEnd::kDeadline:
      return AttemptKind::kDeadline;
    case AttemptEnd::kCancelled:
      return AttemptKind::kCancelled;
    case AttemptEnd::kNotSent:
    case AttemptEnd::kUnsendable:
    case AttemptEnd::kTlsUntrusted:
      break;
  }
  return AttemptKind::kNotSent;
}

}  // namespace

void CallNotes::Add(const AttemptResult& attempt) {
  queued += attempt.queued;
  upstream += attempt.took - attempt.queued;
  const bool began = attempt.phase != Phase::kQueue || attempt.end == AttemptEnd::kAnswered;
  if (began) attempts.push_back(KindOf(attempt));
}

}  // namespace blooio::gateway
