// The table of outcomes (design, section 5): what became of an attempt, as the
// error that the caller receives. The only place that knows it.
//
// Two planes: UNAUTHENTICATED and PERMISSION_DENIED speak only about our
// caller, never about our key. UNAVAILABLE promises that a blind repeat is
// safe; what may have happened and cannot be repeated blindly is UNKNOWN.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/errors/gateway_error.h"
#include "service/errors/retry_after.h"
#include "service/upstream/rest_types.h"

namespace blooio::gateway {

// What an outcome's meaning depends on besides the attempt.
struct CallFacts {
  std::string account;
  // Attempts made so far.
  int attempts = 0;
  // A read, or a call with a caller's key that travels upstream.
  bool repeatable = false;
  // An attempt of this operation may have taken effect, be it an earlier call's. Only a
  // success settles that.
  bool unknown = false;
  bool read_only = false;
  // A 409 means that the thing exists already.
  bool conflict_means_exists = false;
  // The request field in the path, such as "chat_id"; empty without one.
  std::string path_field;
  // The key of the operation, the caller's or the one minted for it; empty
  // where no key protects the call.
  std::string idempotency_key;
  absl::Time now;
};

// What an attempt proves of a call that changes something.
enum class Effect { kDone, kNone, kUnknown };
// kDone for any 2xx, whatever its body says.
Effect EffectOf(const AttemptResult& result);

// The same attempt may well go otherwise soon: the upstream was not reached, did not
// answer, was in trouble, or asks for fewer calls.
bool IsPassing(const AttemptResult& result);

// The error for an attempt that ended in anything but a readable 2xx answer;
// for kCancelled a bare CANCELLED, which nobody receives.
GatewayError ErrorFromAttempt(const AttemptResult& result, const CallFacts& facts, Randomness& randomness);

// The error for a 2xx answer whose body cannot be read or is too large, or which
// does not prove that the upstream took the call.
GatewayError ErrorFromUnusableAnswer(const AttemptResult& result, const CallFacts& facts,
                                     std::string_view what_is_wrong);

// What `later`, the end of a call whose facts are unknown, is to its caller: it settles
// nothing, so what happened before decides.
GatewayError KeepUnknown(GatewayError later, const CallFacts& facts, Randomness& randomness);

}  // namespace blooio::gateway
