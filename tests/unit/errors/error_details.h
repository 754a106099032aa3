// Looks into a GatewayError as a caller would.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "service/errors/gateway_error.h"

namespace blooio::gateway {

template <class Detail>
std::optional<Detail> DetailOf(const google::rpc::Status& status) {
  for (const google::protobuf::Any& any : status.details()) {
    Detail detail;
    if (any.Is<Detail>() && any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

template <class Detail>
std::optional<Detail> DetailOf(const GatewayError& error) {
  return DetailOf<Detail>(error.status);
}

// The reason of the ErrorInfo; "" when there is none or the domain is not ours.
inline std::string ReasonOf(const GatewayError& error) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(error);
  return info && info->domain() == "blooio-gateway" ? info->reason() : "";
}

inline std::map<std::string, std::string> FactsOf(const GatewayError& error) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(error);
  if (!info) return {};
  return {info->metadata().begin(), info->metadata().end()};
}

}  // namespace blooio::gateway
