#include "service/server/process.h"

#include <grpc/support/log.h>
#include <sys/resource.h>

#include "absl/synchronization/mutex.h"
#include "service/base/redact.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

void LogGrpcError(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR) Log(LogLevel::kWarning, "grpc", {{"message", QuoteForPeople(args->message)}});
}

}  // namespace

void SetUpProcess() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function([](gpr_log_func_args*) {});
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
}

void ReportGrpcErrors() { gpr_set_log_function(LogGrpcError); }

}  // namespace blooio::gateway
