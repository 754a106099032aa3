// Codes and reasons as log and metrics name them. Pure functions; what they
// return lives for ever.
#pragma once

#include <string_view>

#include "blooio/gateway/v1/error_reason.pb.h"
#include "google/rpc/code.pb.h"

namespace blooio::gateway {

// What is no code of gRPC is UNKNOWN, as gRPC has it.
inline int KnownCode(int code) { return google::rpc::Code_IsValid(code) ? code : google::rpc::UNKNOWN; }
inline v1::ErrorReason KnownReason(v1::ErrorReason reason) {
  return v1::ErrorReason_IsValid(reason) ? reason : v1::ERROR_REASON_UNSPECIFIED;
}

// "OK", "NOT_FOUND".
inline std::string_view CodeName(int code) {
  return google::rpc::Code_Name(static_cast<google::rpc::Code>(KnownCode(code)));
}

// "UPSTREAM_NOT_FOUND", or "" for no reason.
inline std::string_view ReasonWord(v1::ErrorReason reason) {
  constexpr std::string_view kPrefix = "ERROR_REASON_";
  reason = KnownReason(reason);
  if (reason == v1::ERROR_REASON_UNSPECIFIED) return "";
  return std::string_view(v1::ErrorReason_Name(reason)).substr(kPrefix.size());
}

}  // namespace blooio::gateway
