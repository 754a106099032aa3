// What is recorded of one call when it has been answered: plain values, and
// handles for what is counted. Views live until it is counted and its line is
// written.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/time/time.h"
#include "blooio/gateway/v1/error_reason.pb.h"

namespace blooio::gateway {

class AccountMeter;
class CallerMeter;
class MethodMeter;

// What became of an attempt, as a label.
enum class AttemptKind : uint8_t {
  k2xx,  // an answer of the upstream, by its first digit
  k3xx,
  k4xx,
  k5xx,
  kNotSent,
  kLost,      // it may have happened
  kDeadline,  // the call's deadline came first
  kCancelled,
};
inline constexpr std::array<std::string_view, 8> kAttemptKindNames = {
    "2xx", "3xx", "4xx", "5xx", "not_sent", "lost", "deadline", "cancelled"};

// The upstream's APIs, in the order of CallRecord::api.
inline constexpr std::array<std::string_view, 2> kApiNames = {"v2", "v4"};

// Something in the upstream's answer that the contract does not know.
struct DriftRecord {
  std::string_view kind;
  uint32_t count = 0;
};

struct CallRecord {
  // Whose call; null where it did not get that far.
  const MethodMeter* method = nullptr;  // Never null.
  CallerMeter* caller = nullptr;
  AccountMeter* account = nullptr;

  // google.rpc.Code, and why.
  int code = 0;
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  // Only an operator can mend it.
  bool alarm = false;
  // Of the last answer; 0 without one.
  int http_status = 0;

  // Each attempt, made with this API.
  size_t api = 0;
  std::span<const AttemptKind> attempts = {};
  // In the gateway's queues, at the upstream, and from beginning to end.
  absl::Duration queued = {};
  absl::Duration upstream = {};
  absl::Duration total = {};
  // Of the gRPC messages.
  size_t request_bytes = 0;
  size_t reply_bytes = 0;

  // The `traceparent` entry as it came.
  std::string_view trace_parent = {};
  // The upstream's ids of what the call made.
  std::span<const std::string_view> result_ids = {};
  // Whom it reaches, whole: only their hashes are written.
  std::span<const std::string_view> recipients = {};

  // What the caller proved who it is with: one word, such as "token".
  std::string_view credential = {};
  // Why the caller is not known: one word of this program, such as
  // "unknown_token".
  std::string_view identity_failure = {};
  // The grant that the caller lacks, one word such as "method", and whether the
  // call was served all the same.
  std::string_view rule = {};
  bool shadow = false;
  // The rate limit that refused the call, one word such as "caller", and what of it
  // ran short, such as "rate"; and those that would have but for shadow mode.
  std::string_view limit = {};
  std::string_view shortage = {};
  std::span<const std::string_view> shadowed_limits = {};
  // What the ledger knew of its operation, one word such as "done"; "" where it was not
  // asked.
  std::string_view ledger = {};
  std::span<const DriftRecord> drift = {};
};

}  // namespace blooio::gateway
