// Reads the JSON of a 2xx answer straight into the reply message (SAX, no DOM).
//
// Lenient in what it accepts: unknown keys are ignored, null is absent, values
// of the wrong type are dropped, text is repaired, a superfluous or missing
// "data" wrapper is seen through; each is counted. Strict in what could harm:
// nesting past kMaxJsonDepth ends the reading at once.
#pragma once

#include <string_view>

#include "google/protobuf/message.h"
#include "service/transcoding/drift.h"
#include "service/transcoding/route.h"

namespace blooio::gateway {

struct ReplyReading {
  // False: not JSON, not an object, or nested too deep. The reply then holds
  // whatever was read before and must not be used.
  bool readable = false;
  // The answer carries one of the route's `evidence_of_acceptance` keys, or the
  // route asks for none.
  bool proves_acceptance = false;
  DriftCounts drift;
};

// `body` may be empty, which means {}. `reply` is of the route's reply type and empty.
ReplyReading ReadReply(const Route& route, std::string_view body, google::protobuf::Message* reply);

}  // namespace blooio::gateway
