#include "service/config/defaults.h"

#include <google/protobuf/descriptor.h>

#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "service/config/field_value.h"

namespace blooio::gateway {

void ApplyDefaults(google::protobuf::Message* section) {
  const google::protobuf::Descriptor& type = *section->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    const std::string& value = RulesOf(field).default_value();
    if (value.empty()) continue;
    if (IsSection(field) && value == kEmptySection) {
      ApplyDefaults(section->GetReflection()->MutableMessage(section, &field));
    } else if (absl::Status status = SetFromScalar({value}, field, section); !status.ok()) {
      std::fprintf(stderr, "default_value of %s: %s\n", field.full_name().c_str(), status.ToString().c_str());
      std::abort();
    }
  }
}

}  // namespace blooio::gateway
