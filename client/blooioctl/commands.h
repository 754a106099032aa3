// Runs a command: makes its calls, prints what comes back.
#pragma once

#include <ostream>

#include "client/blooioctl/arguments.h"
#include "client/blooioctl/connection.h"
#include "client/blooioctl/outcome.h"

namespace blooio::client {

struct Console {
  int in;             // a file descriptor, for JSON given as "-"
  std::ostream& out;  // replies
  std::ostream& err;  // everything else
};

// Runs the command of the invocation and returns what to exit with. `verbose`
// also shows the trailing metadata of calls that end OK.
ExitCode RunCommand(const Invocation& invocation, const ConnectionOptions& options, bool verbose,
                    const Console& console);

// Prints an error other than how a call ended and returns what to exit with:
// InvalidArgument is misuse, Unavailable no gateway, anything else a bad answer.
ExitCode ReportError(const absl::Status& error, std::ostream& err);

}  // namespace blooio::client
