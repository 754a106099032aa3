// What has to come of a call that meets a fault: not by the gateway's rules of thumb, but by
// asking after each attempt what can be known of it, and whether another one can do harm.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/rpc/code.pb.h"
#include "tests/integration/fault_cell.h"

namespace blooio::integration {

// What one attempt meets, as far as the gateway can tell.
struct Meeting {
  enum What {
    // An answer with this status, whole; a 2xx of it can be read.
    kAnswer,
    // A 2xx that cannot.
    kUnusable,
    // None, and the request may have arrived.
    kLost,
    // The request cannot have arrived.
    kNotSent,
    // The same, for the sake of the certificate.
    kUntrusted,
    // The call's deadline, the request being under way.
    kDeadline,
    // No attempt is made: the circuit is open, or the account's limit reached.
    kCircuitOpen,
    kLimited,
  };
  What what = kAnswer;
  // 0: the one of the kind of call, for an answer or an unusable one.
  int status = 0;
  // A 429 whose body names a code.
  bool coded = false;
  // What Retry-After asks for does not fit into the call's time.
  bool long_wait = false;
  // The upstream carries the operation out.
  bool executes = false;
  // The upstream gets to see the request.
  bool arrives = true;
};

struct Foreseen {
  google::rpc::Code code = google::rpc::OK;
  std::string reason = "";
  // A later repeat is what the caller is told to do.
  bool repeat = false;
  int attempts = 0;
  // That the upstream saw, perhaps with a few more, and carried out.
  int requests = 0;
  int more_requests = 0;
  int executed = 0;
  // HTTP status of the last attempt; 0: it had none.
  int status = 0;
  // Nobody knows whether it happened.
  bool unknown = false;
};

// Of a call whose attempts meet these in turn, the last of them over and over.
Foreseen Foresee(const CallKind& kind, const std::vector<Meeting>& meetings);

// What the sandbox answers to a call that goes well; `executed` before under its key.
int AgainStatus(const CallKind& kind, bool executed);

// Of a repeat of it with its key, later, when all is well.
Foreseen ForeseeRepeat(const CallKind& kind, const Foreseen& first);

}  // namespace blooio::integration
