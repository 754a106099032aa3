// Shows how a call ended to a person.
#pragma once

#include <ostream>

#include "client/blooioctl/outcome.h"

namespace blooio::client {

// The code and message on one line, then each detail of the google.rpc.Status
// and what the trailing metadata says about the upstream, an indented line each:
//
//   NOT_FOUND: there is no such group
//     reason: UPSTREAM_NOT_FOUND (blooio-gateway)
//       http_status: 404
//     resource: group grp_1
//     grpc-retry-pushback-ms: -1 (do not repeat)
//     blooio-upstream-status: 404
//     blooio-attempts: 1
//
// Details of unknown type are named with their size. Everything that came from
// the server is escaped.
void PrintFailure(const Outcome& outcome, std::ostream& out);

// Only what the trailing metadata says, not indented.
void PrintTrailers(const Outcome& outcome, std::ostream& out);

}  // namespace blooio::client
