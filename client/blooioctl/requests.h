// From a readable command to the call it stands for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/blooioctl/arguments.h"

namespace blooio::client {

// A call before it is made: every command becomes one of these, and all are
// made the same way.
struct Request {
  std::string method;  // as the user may write it
  std::string json;    // proto JSON
};

// The request of `call`, `group ...` or `message send`. JSON given as "-" is
// read from the descriptor `input`, as "@FILE" from that file. Whether the
// request is valid is for the gateway to say; an InvalidArgument error means that
// the options contradict each other or do not say enough, or that the JSON cannot
// be read.
absl::StatusOr<Request> BuildRequest(const Invocation& invocation, int input);

// The request for the page after this one, or nothing if `reply` is the last
// page. Internal if it is not but has no cursor that leads on.
absl::StatusOr<std::optional<Request>> NextPage(const Request& request, std::string_view reply);

}  // namespace blooio::client
