// What gRPC says of itself, as lines of our log.
//
// Its texts may hold anything that a peer has sent: "Error parsing metadata: …
// value=Bearer …". So of a text only the beginning is told, if it is one that is
// known here, and the place in gRPC's source always.
#pragma once

#include <grpc/support/log.h>

#include <string_view>

#include "service/telemetry/line_budget.h"

namespace blooio::gateway {

// The part of `message` that holds nothing of a peer's; "" of one that is not
// known. A view of it.
std::string_view TellablePart(std::string_view message);

// gRPC's errors from here on as lines of our log, kGrpcLinesASecond at most. After
// a successful start: a start that fails has one sentence of its own.
void ReportGrpcErrors();

// What bounds those lines: one bad connection is one line, a flood is not.
inline constexpr uint64_t kGrpcLinesASecond = 10;
LineBudget& GrpcLines();

// What ReportGrpcErrors makes gRPC call.
void LogGrpcError(gpr_log_func_args* args);

}  // namespace blooio::gateway
