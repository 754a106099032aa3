// What a finished transfer proves. A pure function, because the promise "nothing
// was sent" is what lets a send be repeated: it has to be read in one place and
// tested as a table.
#pragma once

#include <curl/curl.h>

#include <string>

#include "service/upstream/rest_types.h"

namespace blooio::gateway {

// What is known about a transfer when it has ended.
struct Evidence {
  CURLcode code = CURLE_OK;
  // The caller gave up; `code` means nothing.
  bool cancelled = false;
  // The call's deadline, not merely the attempt's time, had passed at the end.
  bool deadline_passed = false;
  // The connection was ready, TLS handshake and proxy tunnel included, and the
  // request may have begun to leave: from here on the upstream may have read it.
  bool begun = false;
  // Status of the final answer, its header block complete; 0: none came.
  int status = 0;
  // It was begun on an HTTP/2 stream, and the upstream has said that it did nothing about
  // it and will not (REFUSED_STREAM, RFC 9113 section 8.7). Only with proof.
  bool refused = false;
};

struct Verdict {
  AttemptEnd end = AttemptEnd::kLost;
  Phase phase = Phase::kConnect;
  bool body_incomplete = false;
  bool operator==(const Verdict&) const = default;
};

// In order of precedence: cancelled; complete answer; the call's deadline;
// broken-off answer; refused, which is as good as not begun; not begun, by what prevented
// it; everything else is kLost.
Verdict Classify(const Evidence& evidence);

// One short line such as "connect: Couldn't connect to server (Connection
// refused)". Made of libcurl's and the C library's fixed texts only, so it
// cannot hold anything of the call. Empty for a complete answer.
// `os_error`: errno of a failed connect, 0 if none.
std::string Describe(const Evidence& evidence, const Verdict& verdict, long os_error);

}  // namespace blooio::gateway
