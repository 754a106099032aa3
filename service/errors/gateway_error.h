// An error as a caller receives it: google.rpc.Status with exactly one
// ErrorInfo, and when to repeat. Built by ErrorBuilder, which keeps the rules
// that hold for all of them: one reason, a pushback on every error, RetryInfo
// saying the same as the pushback, and less than 4 KiB of details (past 8 KiB
// gRPC drops the whole status).
//
//   GatewayError error = ErrorBuilder(Code::NOT_FOUND, ERROR_REASON_UPSTREAM_NOT_FOUND, "There is no such
//   chat.")
//                            .Fact("http_status", "404")
//                            .Build();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "blooio/gateway/v1/error_reason.pb.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/base/clock.h"

namespace blooio::gateway {

inline constexpr std::string_view kErrorDomain = "blooio-gateway";
inline constexpr int64_t kDoNotRepeat = -1;

struct GatewayError {
  google::rpc::Status status;
  gateway::v1::ErrorReason reason = gateway::v1::ERROR_REASON_UNSPECIFIED;
  // Milliseconds until a repeat makes sense, or kDoNotRepeat.
  int64_t pushback_ms = kDoNotRepeat;
  // Something only an operator can mend: worth a log line of level error.
  bool alarm = false;
};

// The reason's name without its prefix: "UPSTREAM_NOT_FOUND".
std::string ReasonName(gateway::v1::ErrorReason reason);

class ErrorBuilder {
 public:
  // `message` is one sentence for a person, free of identifiers and secrets.
  ErrorBuilder(google::rpc::Code code, gateway::v1::ErrorReason reason, std::string_view message);

  // ErrorInfo metadata; empty values are left out.
  ErrorBuilder& Fact(std::string_view key, std::string_view value);
  // A repeat makes sense after `forecast`, which gets 0-20 % jitter on top and
  // is clamped to 50 ms - 10 min. Without this call: do not repeat.
  ErrorBuilder& RepeatAfter(absl::Duration forecast, Randomness& randomness);
  // The same for a time that was promised to this call alone: no jitter.
  ErrorBuilder& RepeatExactlyAfter(absl::Duration promised);
  ErrorBuilder& Detail(const google::protobuf::Message& detail);
  ErrorBuilder& Alarm();
  // Field violations; those that do not fit are counted in `more_violations`.
  ErrorBuilder& BadRequest(google::rpc::BadRequest violations, size_t more);

  GatewayError Build();

 private:
  GatewayError error_;
  google::rpc::ErrorInfo info_;
  google::rpc::BadRequest violations_;
  size_t more_violations_ = 0;
  std::vector<google::protobuf::Any> details_;
};

}  // namespace blooio::gateway
