#include "service/transcoding/meaning.h"

#include <algorithm>

namespace blooio::gateway {
namespace {

void Follow(const MessagePlan& plan, std::vector<const MessagePlan*>* above, MeaningTrail* trail,
            std::vector<MeaningTrail>* found) {
  if (std::find(above->begin(), above->end(), &plan) != above->end()) return;
  above->push_back(&plan);
  for (const FieldPlan& field : plan.fields) {
    trail->steps.push_back(&field);
    trail->meaning = field.rules.meaning();
    if (trail->meaning != rest::v1::MEANING_UNSPECIFIED) found->push_back(*trail);
    if (field.message != nullptr) Follow(*field.message, above, trail, found);
    trail->steps.pop_back();
  }
  above->pop_back();
}

}  // namespace

std::vector<MeaningTrail> CompileMeanings(const MessagePlan& plan) {
  std::vector<const MessagePlan*> above;
  MeaningTrail trail;
  std::vector<MeaningTrail> found;
  Follow(plan, &above, &trail, &found);
  return found;
}

}  // namespace blooio::gateway
