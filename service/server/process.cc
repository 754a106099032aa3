#include "service/server/process.h"

#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "absl/synchronization/mutex.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// Threads, listeners, and a few connections either way.
constexpr rlim_t kFewestFiles = 256;

// A socket must not become what somebody takes for stdout.
void OpenStandardStreams() {
  int opened = 0;
  do {
    opened = open("/dev/null", O_RDWR);
  } while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened > STDERR_FILENO) close(opened);
}

// A core would hold keys and messages, and so does the memory that others of our
// user could read otherwise. The limit alone does not stop a core that is piped.
void KeepMemoryToOurselves() {
  constexpr rlimit kNone{};
  setrlimit(RLIMIT_CORE, &kNone);
  prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace

absl::Status SetUpProcess() {
  KeepMemoryToOurselves();
  OpenStandardStreams();
  google::protobuf::SetLogHandler(nullptr);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function([](gpr_log_func_args*) {});
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return absl::OkStatus();
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max >= kFewestFiles) return absl::OkStatus();
  return absl::ResourceExhaustedError(Cat("only ", files.rlim_max,
                                          " files may be open; raise the limit (ulimit -n) to ", kFewestFiles,
                                          " or more"));
}

}  // namespace blooio::gateway
