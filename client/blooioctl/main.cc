// blooioctl, the command-line caller of blooio-gateway.
#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "client/blooioctl/arguments.h"
#include "client/blooioctl/command_table.h"
#include "client/blooioctl/commands.h"
#include "client/blooioctl/flags.h"

namespace blooio::client {
namespace {

ConnectionOptions OptionsFromFlags() {
  return {.server = absl::GetFlag(FLAGS_server),
          .account = absl::GetFlag(FLAGS_account),
          .token_file = absl::GetFlag(FLAGS_token_file),
          .timeout = absl::GetFlag(FLAGS_timeout),
          .tls_ca = absl::GetFlag(FLAGS_tls_ca),
          .tls_cert = absl::GetFlag(FLAGS_tls_cert),
          .tls_key = absl::GetFlag(FLAGS_tls_key)};
}

int Main(const std::vector<std::string_view>& arguments) {
  // stderr belongs to the caller: the libraries' own logs would talk into it.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  google::protobuf::SetLogHandler(nullptr);

  const absl::StatusOr<Invocation> invocation = ParseArguments(arguments);
  if (!invocation.ok()) {
    const ExitCode code = ReportError(invocation.status(), std::cerr);
    std::cerr << "`blooioctl --help` shows how it is used.\n";
    return code;
  }
  if (invocation->version) {
    std::cout << "blooioctl " BLOOIO_VERSION "\n";
    return kExitOk;
  }
  if (invocation->help) {
    std::cout << HelpText(invocation->command);
    return kExitOk;
  }
  const ExitCode code = RunCommand(*invocation, OptionsFromFlags(), absl::GetFlag(FLAGS_verbose),
                                   {STDIN_FILENO, std::cout, std::cerr});
  if (std::cout.flush() || code != kExitOk) return code;
  return ReportError(absl::DataLossError("the call ended OK, but its reply cannot be written to stdout"),
                     std::cerr);
}

}  // namespace
}  // namespace blooio::client

// What nobody expects to be thrown ends the process. NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return blooio::client::Main({argv + 1, argv + argc}); }
