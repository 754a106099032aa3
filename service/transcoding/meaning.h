// Where in a message the fields with a meaning stand, compiled once a route.
#pragma once

#include <vector>

#include "service/transcoding/plan.h"

namespace blooio::gateway {

// The way to one field: through messages, and lists of them, to a text or a
// list of texts.
struct MeaningTrail {
  rest::v1::Meaning meaning = rest::v1::MEANING_UNSPECIFIED;
  std::vector<const FieldPlan*> steps;
};

// Every field with a meaning that `plan` reaches. A message inside itself is
// not entered a second time.
std::vector<MeaningTrail> CompileMeanings(const MessagePlan& plan);

}  // namespace blooio::gateway
