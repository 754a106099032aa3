#include "service/server/grpc_log.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "service/base/clock.h"
#include "service/base/text.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

// gRPC 1.51 closes its listener for good when it runs out of descriptors, and
// the process would look healthy for ever: drain, so that it is started anew.
constexpr std::string_view kListenerLost = "Failed accept4: ";

struct KnownText {
  std::string_view beginning;
  // What follows are words of the system, not of a peer.
  bool whole = false;
};
constexpr std::array kKnown = {
    KnownText{kListenerLost, true},
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
  const std::string_view message = args->message;
  const bool lost = message.starts_with(kListenerLost);
  if (lost || GrpcLines().Take()) {
    Log(lost ? LogLevel::kError : LogLevel::kWarning, lost ? "listener_lost" : "grpc",
        {{"message", std::string(TellablePart(message))}, {"source", Place(*args)}});
  }
  if (lost) kill(getpid(), SIGTERM);
}

void ReportGrpcErrors() { gpr_set_log_function(LogGrpcError); }

}  // namespace blooio::gateway
