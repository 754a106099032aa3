#include "service/config/yaml_writer.h"

#include <google/protobuf/descriptor.h>
#include <yaml-cpp/yaml.h>

#include "service/config/field_value.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void WriteSection(const Message& section, YAML::Emitter& out);

void WriteValue(const Message& section, const FieldDescriptor& field, int index, YAML::Emitter& out) {
  if (IsSection(field)) {
    const auto& reflection = *section.GetReflection();
    return WriteSection(index < 0 ? reflection.GetMessage(section, &field)
                                  : reflection.GetRepeatedMessage(section, &field, index),
                        out);
  }
  // Quoted only where the text needs it.
  out << ScalarText(section, field, index);
}

bool IsLeftOut(const Message& section, const FieldDescriptor& field) {
  const auto& reflection = *section.GetReflection();
  if (!RulesOf(field).unserved().empty()) return true;
  if (field.is_repeated()) return reflection.FieldSize(section, &field) == 0;
  if (field.has_presence()) return !reflection.HasField(section, &field);
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && reflection.GetString(section, &field).empty();
}

void WriteSection(const Message& section, YAML::Emitter& out) {
  out << YAML::BeginMap;
  for (int i = 0; i < section.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *section.GetDescriptor()->field(i);
    if (IsLeftOut(section, field)) continue;
    out << YAML::Key << field.name() << YAML::Value;
    if (!field.is_repeated()) {
      WriteValue(section, field, -1, out);
      continue;
    }
    out << YAML::BeginSeq;
    for (int j = 0; j < section.GetReflection()->FieldSize(section, &field); ++j) {
      WriteValue(section, field, j, out);
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
}

}  // namespace

std::string WriteYaml(const Message& message) {
  YAML::Emitter out;
  WriteSection(message, out);
  return std::string(out.c_str()) + "\n";
}

}  // namespace blooio::gateway
