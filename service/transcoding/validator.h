// Checks a request against the rules of its proto, all of them at once.
//
// Only what the SEED pages state is checked (required, lengths, ranges, shapes)
// and what keeps a value from meaning something else on the wire; the rest is
// the upstream's to decide. Descriptions never contain text of the request.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "service/transcoding/route.h"

namespace blooio::gateway {

struct Violation {
  // Where, in the caller's terms: "members[1].object.identifier".
  std::string path;
  // What is wrong and what would be right, one sentence without a full stop.
  std::string description;
};

struct Violations {
  static constexpr size_t kMost = 16;
  // The first kMost.
  std::vector<Violation> first;
  // How many more there are.
  size_t more = 0;

  bool empty() const { return first.empty(); }
};

Violations Validate(const Route& route, const google::protobuf::Message& request);

}  // namespace blooio::gateway
