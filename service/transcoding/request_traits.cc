#include "service/transcoding/request_traits.h"

#include <span>

namespace blooio::gateway {
namespace {

using google::protobuf::Message;
using rest::v1::Meaning;

// Calls `use` with every text at the end of the trail.
template <class Use>
void Visit(std::span<const FieldPlan* const> steps, const Message& message, const Use& use) {
  const FieldPlan& step = *steps.front();
  const auto* field = step.field;
  const auto& reflection = *step.reflection;
  const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
  std::string scratch;
  if (steps.size() == 1) {
    if (!field->is_repeated()) use(std::string_view(reflection.GetStringReference(message, field, &scratch)));
    for (int i = 0; i < count; ++i) {
      use(std::string_view(reflection.GetRepeatedStringReference(message, field, i, &scratch)));
    }
    return;
  }
  if (!field->is_repeated()) {
    if (reflection.HasField(message, field)) {
      Visit(steps.subspan(1), reflection.GetMessage(message, field), use);
    }
    return;
  }
  for (int i = 0; i < count; ++i) {
    Visit(steps.subspan(1), reflection.GetRepeatedMessage(message, field, i), use);
  }
}

}  // namespace

RequestTraits ReadTraits(const Route& route, const Message& request) {
  RequestTraits traits;
  for (const MeaningTrail& trail : route.request_meanings) {
    Visit(trail.steps, request, [&](std::string_view text) {
      if (text.empty()) return;
      switch (trail.meaning) {
        case Meaning::MEANING_SENDER:
          traits.sender = text;
          return;
        case Meaning::MEANING_CHANNEL:
          traits.channel = text;
          return;
        case Meaning::MEANING_RECIPIENT:
        case Meaning::MEANING_CHAT:
          traits.recipients.push_back(text);
          return;
        default:
          return;
      }
    });
  }
  return traits;
}

absl::InlinedVector<std::string_view, 2> ReadResultIds(const Route& route, const Message& reply) {
  absl::InlinedVector<std::string_view, 2> ids;
  for (const MeaningTrail& trail : route.result_ids) {
    Visit(trail.steps, reply, [&](std::string_view text) {
      if (!text.empty()) ids.push_back(text);
    });
  }
  return ids;
}

}  // namespace blooio::gateway
