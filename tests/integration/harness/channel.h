// gRPC itself, for those parts of the harness that need more than a Caller.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "tests/integration/harness/caller.h"

namespace blooio::integration {

// Connections of its own, without TLS; retries by gRPC only if `service_config` has
// any.
std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address,
                                           const std::string& service_config = "");

// What came of a call that has ended.
Result ReadResult(const grpc::Status& status, const grpc::ClientContext& context, absl::Duration took);

}  // namespace blooio::integration
