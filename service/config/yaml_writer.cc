#include "service/config/yaml_writer.h"

#include <google/protobuf/descriptor.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "service/config/field_value.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Whether the text stands for itself without quotes. Stricter than YAML, so
// that addresses, URLs and paths pass and everything doubtful is quoted.
bool IsPlain(const std::string& text) {
  const auto is_plain_character = [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == ':';
  };
  return !text.empty() && (absl::ascii_isalnum(text.front()) || text.front() == '/') && text.back() != ':' &&
         std::all_of(text.begin(), text.end(), is_plain_character) && !absl::EqualsIgnoreCase(text, "null");
}

void WriteSection(const Message& section, YAML::Emitter& out);

void WriteValue(const Message& section, const FieldDescriptor& field, int index, YAML::Emitter& out) {
  if (IsSection(field)) {
    const auto& reflection = *section.GetReflection();
    return WriteSection(index < 0 ? reflection.GetMessage(section, &field)
                                  : reflection.GetRepeatedMessage(section, &field, index),
                        out);
  }
  const std::string text = ScalarText(section, field, index);
  if (!IsPlain(text) && field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) out << YAML::DoubleQuoted;
  out << text;
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
