// How a call ended, as plain values.
#pragma once

#include <map>
#include <string>

namespace blooio::client {

struct Outcome {
  bool ok() const { return code == 0; }

  int code = 0;         // a google.rpc.Code
  std::string message;  // the server's words: not to be trusted
  std::string details;  // a serialized google.rpc.Status, or empty
  std::multimap<std::string, std::string> trailers;
};

// What blooioctl exits with.
enum ExitCode : int {
  kExitOk = 0,
  kExitCallFailed = 1,   // the call ended in an error
  kExitUsage = 2,        // the command line or the request makes no sense
  kExitUnreachable = 3,  // no gateway there, or it shows no reflection
};

}  // namespace blooio::client
