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

void Collect(const Message& before, const Message& after, const std::string& prefix,
             std::vector<std::string>* paths) {
  for (int i = 0; i < before.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *before.GetDescriptor()->field(i);
    const std::string path = prefix + field.name();
    if (RulesOf(field).needs_restart()) {
      if (Differ(before, after, field)) paths->push_back(path);
    } else if (!field.is_repeated() && IsSection(field)) {
      Collect(before.GetReflection()->GetMessage(before, &field),
              after.GetReflection()->GetMessage(after, &field), path + ".", paths);
    }
  }
}

}  // namespace

std::vector<std::string> ChangesThatNeedRestart(const v1::GatewayConfig& before,
                                                const v1::GatewayConfig& after) {
  std::vector<std::string> paths;
  Collect(before, after, "", &paths);
  return paths;
}

}  // namespace blooio::gateway
