#include "service/config/changes.h"

#include <google/protobuf/util/message_differencer.h>

#include "service/config/field_value.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

bool Differ(const Message& before, const Message& after, const FieldDescriptor& field) {
  if (!IsSection(field)) return ScalarText(before, field, -1) != ScalarText(after, field, -1);
  const auto& reflection = *before.GetReflection();
  return reflection.HasField(before, &field) != reflection.HasField(after, &field) ||
         !MessageDifferencer::Equals(reflection.GetMessage(before, &field),
                                     reflection.GetMessage(after, &field));
}

// Swaps what differs and needs a restart, so that `kept` is of no use afterwards.
void Keep(Message* kept, Message* after, const std::string& prefix, std::vector<std::string>* paths) {
  const auto& reflection = *after->GetReflection();
  for (int i = 0; i < after->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *after->GetDescriptor()->field(i);
    const std::string path = prefix + field.name();
    if (RulesOf(field).needs_restart()) {
      if (!Differ(*kept, *after, field)) continue;
      paths->push_back(path);
      reflection.SwapFields(kept, after, {&field});
    } else if (!field.is_repeated() && IsSection(field) && reflection.HasField(*after, &field)) {
      Keep(reflection.MutableMessage(kept, &field), reflection.MutableMessage(after, &field), path + ".",
           paths);
    }
  }
}

}  // namespace

std::vector<std::string> KeepWhatNeedsRestart(const v1::GatewayConfig& before, v1::GatewayConfig* after) {
  std::vector<std::string> paths;
  v1::GatewayConfig kept = before;
  Keep(&kept, after, "", &paths);
  return paths;
}

}  // namespace blooio::gateway
