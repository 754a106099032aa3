#include "service/server/grpc_log.h"

#include <array>
#include <string>

#include "service/base/clock.h"
#include "service/base/text.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

struct KnownText {
  std::string_view beginning;
  // What follows are words of the system, not of a peer.
  bool whole = false;
};
constexpr std::array kKnown = {
    // What OpenSSL has printed at compile time for the number of an error.
    KnownText{"Handshake failed with fatal error SSL_ERROR_SSL: error:", true},
    KnownText{"Handshake failed"},
    KnownText{"Error parsing metadata"},
};

// "tcp_server_posix.cc:217"
std::string Place(const gpr_log_func_args& args) {
  const std::string_view file = args.file;
  return Cat(file.substr(file.rfind('/') + 1), ":", args.line);
}

}  // namespace

std::string_view TellablePart(std::string_view message) {
  for (const auto& [beginning, whole] : kKnown) {
    if (message.starts_with(beginning)) return whole ? message : message.substr(0, beginning.size());
  }
  return "";
}

LineBudget& GrpcLines() {
  // gRPC's threads may log to the very end.
  static auto& lines = *new LineBudget("grpc", kGrpcLinesASecond, SystemClock());
  return lines;
}

void LogGrpcError(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
  if (!GrpcLines().Take()) return;
  Log(LogLevel::kWarning, "grpc",
      {{"message", std::string(TellablePart(args->message))}, {"source", Place(*args)}});
}

void ReportGrpcErrors() { gpr_set_log_function(LogGrpcError); }

}  // namespace blooio::gateway
