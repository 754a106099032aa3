#include "client/blooioctl/commands.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "client/blooioctl/caller.h"
#include "client/blooioctl/requests.h"
#include "client/blooioctl/status_printer.h"
#include "client/blooioctl/terminal_text.h"

namespace blooio::client {
namespace {

// Prints a text, or why there is none.
ExitCode Print(const absl::StatusOr<std::string>& text, const Console& console) {
  if (!text.ok()) return ReportError(text.status(), console.err);
  console.out << EscapeLinesForTerminal(*text);
  return kExitOk;
}

absl::StatusOr<std::string> ListMethods(Caller& caller) {
  absl::StatusOr<std::vector<std::string>> methods = caller.ListMethods();
  if (!methods.ok()) return methods.status();
  std::string text;
  for (const std::string& method : *methods) text += method + "\n";
  return text;
}

// Makes the call, and with `follow` those for the pages behind it.
ExitCode MakeCalls(std::optional<Request> request, bool follow, bool verbose, Caller& caller,
                   const Console& console) {
  while (request) {
    absl::StatusOr<Reply> reply = caller.Call(request->method, request->json);
    if (!reply.ok()) return ReportError(reply.status(), console.err);
    if (!reply->outcome.ok()) {
      PrintFailure(reply->outcome, console.err);
      return kExitCallFailed;
    }
    console.out << EscapeLinesForTerminal(reply->json) << std::flush;
    if (verbose) PrintTrailers(reply->outcome, console.err);
    if (!follow) break;
    absl::StatusOr<std::optional<Request>> next = NextPage(*request, reply->json);
    if (!next.ok()) return ReportError(next.status(), console.err);
    request = *std::move(next);
  }
  return kExitOk;
}

}  // namespace

ExitCode RunCommand(const Invocation& invocation, const ConnectionOptions& options, bool verbose,
                    const Console& console) {
  const bool calls = invocation.command != "list" && invocation.command != "describe";
  std::optional<Request> request;
  if (calls) {
    absl::StatusOr<Request> built = BuildRequest(invocation, console.in);
    if (!built.ok()) return ReportError(built.status(), console.err);
    request = *std::move(built);
  }
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(options);
  if (!connection.ok()) return ReportError(connection.status(), console.err);
  Caller caller(**connection);
  if (invocation.command == "list") return Print(ListMethods(caller), console);
  if (invocation.command == "describe") return Print(caller.Describe(invocation.positionals[0]), console);
  return MakeCalls(std::move(request), invocation.Has("all"), verbose, caller, console);
}

ExitCode ReportError(const absl::Status& error, std::ostream& err) {
  err << "blooioctl: " << EscapeLinesForTerminal(std::string(error.message())) << '\n';
  if (absl::IsUnavailable(error)) return kExitUnreachable;
  return absl::IsInvalidArgument(error) ? kExitUsage : kExitCallFailed;
}

}  // namespace blooio::client
