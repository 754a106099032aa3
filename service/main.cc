// blooio-gateway: reads its configuration, serves until SIGTERM, drains.

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "service/base/flag_names.h"
#include "service/config/config.h"
#include "service/server/gateway.h"
#include "service/server/grpc_log.h"
#include "service/server/process.h"
#include "service/server/reloader.h"
#include "service/server/signals.h"
#include "service/server/version.h"
#include "service/telemetry/log.h"

ABSL_FLAG(std::string, config, "local",
          "YAML file; `local`: anonymous callers, and the local sandbox as upstream");
ABSL_FLAG(bool, check_config, false, "print the effective configuration and exit");
ABSL_FLAG(std::string, log_level, "info", "debug, info, warning, error or off");
ABSL_FLAG(std::string, log_format, "auto", "json, text, or auto: text when stderr is a terminal");

namespace blooio::gateway {
namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "blooio-gateway: %s\n", std::string(status.message()).c_str());
  return 1;
}

// Serves, by a new configuration whenever `file` has one, until it is told to end.
absl::Status Serve(const std::string& file, const v1::GatewayConfig& config) {
  FileWatcher files;
  auto gateway = Gateway::Start(config, files);
  if (!gateway.ok()) return gateway.status();
  ReportGrpcErrors();
  if (std::printf("%s\n", (*gateway)->ReadyLine().c_str()) < 0 || std::fflush(stdout) != 0) {
    return absl::UnavailableError("the ready line cannot be written to stdout");
  }
  Reloader reloader(file, config, **gateway, files);
  while (WaitForSignal(absl::InfiniteDuration()) == Signal::kReload) reloader.Reload();
  (*gateway)->Drain();
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  // A SIGHUP that comes early is a reload as well, not the end.
  BlockSignals();
  if (absl::Status status = SetUpProcess(); !status.ok()) return Fail(status);
  absl::SetProgramUsageMessage("A typed gRPC gateway in front of the Blooio messaging API.");
  absl::FlagsUsageConfig usage;
  usage.version_string = [] { return std::string("blooio-gateway ") + kVersion + "\n"; };
  const auto is_ours = [](absl::string_view file) { return absl::EndsWith(file, "service/main.cc"); };
  usage.contains_helpshort_flags = is_ours;
  usage.contains_help_flags = is_ours;
  usage.contains_helppackage_flags = is_ours;
  absl::SetFlagsUsageConfig(usage);
  NormalizeFlagNames(argc, argv);
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  LogLevel level;
  if (words.size() > 1) return Fail(absl::InvalidArgumentError("it takes flags only, see --help"));
  if (!ParseLogLevel(absl::GetFlag(FLAGS_log_level), &level)) {
    return Fail(absl::InvalidArgumentError("--log-level has to be debug, info, warning, error or off"));
  }
  LogFormat format;
  if (!ParseLogFormat(absl::GetFlag(FLAGS_log_format), &format)) {
    return Fail(absl::InvalidArgumentError("--log-format has to be json, text or auto"));
  }

  const std::string file = absl::GetFlag(FLAGS_config);
  // An empty name, of a variable that is not set, is a file that cannot be read.
  const bool local = file == "local";
  absl::StatusOr<v1::GatewayConfig> config = local ? LocalConfig() : LoadConfig(file);
  if (!config.ok()) return Fail(config.status());
  if (absl::GetFlag(FLAGS_check_config)) {
    if (local) std::puts("# Without --config: the local sandbox, with the key that it is known to take.");
    std::fputs(ToYaml(*config).c_str(), stdout);
    return 0;
  }

  StartLog(level, format);
  const absl::Status status = Serve(local ? "" : file, *config);
  // The log first, so that a failure is the last thing said.
  if (!StopLog()) _exit(status.ok() ? 0 : 1);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace blooio::gateway

int main(int argc, char** argv) { return blooio::gateway::Main(argc, argv); }
