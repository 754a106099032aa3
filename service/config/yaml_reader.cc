#include "service/config/yaml_reader.h"

#include <google/protobuf/descriptor.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/defaults.h"
#include "service/config/field_value.h"
#include "service/config/setting_names.h"
#include "service/config/yaml_document.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Scalar ToScalar(const YAML::Node& node) {
  // "!" is yaml-cpp's tag of a value in quotes.
  return {node.Scalar(), node.Tag() == "!" || absl::EndsWith(node.Tag(), ":str")};
}

std::string Describe(const YAML::Node& node) {
  if (node.IsMap()) return "a mapping";
  if (node.IsSequence()) return "a list";
  return node.IsScalar() ? Describe(ToScalar(node)) : "nothing";
}

std::string Join(const std::string& path, const std::string& name) {
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

class Reader {
 public:
  explicit Reader(ConfigErrors* errors) : errors_(errors) {}

  // `section` has its defaults already; depth counts from 0 at the root.
  void ReadSection(const YAML::Node& node, const std::string& path, int depth, Message* section) {
    if (!node.IsMap() && !node.IsNull()) return AddExpected("a mapping", node, path);
    if (depth > kMaxYamlDepth) {
      return errors_->Add(path, absl::StrCat("is nested deeper than ", kMaxYamlDepth, " levels"));
    }
    std::set<const FieldDescriptor*> given;
    for (const auto& entry : node) {
      if (!CountValue()) return;
      const FieldDescriptor* field = FindField(entry.first, path, *section);
      if (field == nullptr) continue;
      const std::string field_path = Join(path, field->name());
      const int line = LineOf(entry.first.Mark());
      if (!given.insert(field).second) {
        errors_->AddAt(line, field_path,
                       absl::StrCat("is given twice, first on line ", errors_->LineOf(field_path)));
        continue;
      }
      errors_->SetLine(field_path, line);
      if (!RulesOf(*field).unserved().empty()) {
        errors_->Add(field_path, RulesOf(*field).unserved());
      } else {
        ReadField(entry.second, field_path, depth, *field, section);
      }
    }
    CheckRequired(given, path, *section);
  }

 private:
  void CheckRequired(const std::set<const FieldDescriptor*>& given, const std::string& path,
                     const Message& section) {
    for (int i = 0; i < section.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *section.GetDescriptor()->field(i);
      if (RulesOf(field).required() && !given.contains(&field)) {
        errors_->Add(Join(path, field.name()), "is required, but missing");
      }
    }
  }

  void ReadField(const YAML::Node& node, const std::string& path, int depth, const FieldDescriptor& field,
                 Message* section) {
    if (!field.is_repeated()) {
      ReadValue(node, path, depth, field, section);
    } else if (!node.IsSequence()) {
      AddExpected("a list", node, path);
    } else {
      if (RulesOf(field).required() && node.size() == 0) errors_->Add(path, "must not be empty");
      int index = 0;
      for (const auto& element : node) {
        if (!CountValue()) return;
        const std::string element_path = absl::StrCat(path, "[", index++, "]");
        errors_->SetLine(element_path, LineOf(element.Mark()));
        ReadValue(element, element_path, depth, field, section);
      }
    }
  }

  // A singular field, or one element of a list.
  void ReadValue(const YAML::Node& node, const std::string& path, int depth, const FieldDescriptor& field,
                 Message* section) {
    if (IsSection(field)) {
      const auto& reflection = *section->GetReflection();
      Message* value = field.is_repeated() ? reflection.AddMessage(section, &field)
                                           : reflection.MutableMessage(section, &field);
      ApplyDefaults(value);
      return ReadSection(node, path, depth + 1, value);
    }
    if (!node.IsScalar()) return AddExpected(Wanted(field), node, path);
    const Scalar scalar = ToScalar(node);
    if (absl::Status status = SetFromScalar(scalar, field, section); !status.ok()) {
      errors_->Add(path, std::string(status.message()));
    } else if (RulesOf(field).required() && scalar.text.empty()) {
      errors_->Add(path, "must not be empty");
    }
  }

  // Adds a mistake and returns nothing for a key that is no field.
  const FieldDescriptor* FindField(const YAML::Node& key, const std::string& path, const Message& section) {
    const int line = LineOf(key.Mark());
    if (!key.IsScalar() || !MayBeShown(key.Scalar(), *section.GetDescriptor())) {
      errors_->AddAt(line, path,
                     "has a key that is no name of a setting (it is not shown: it may be a secret)");
      return nullptr;
    }
    const FieldDescriptor* field = section.GetDescriptor()->FindFieldByName(key.Scalar());
    if (field == nullptr) {
      const std::string meant = NearestName(key.Scalar(), *section.GetDescriptor());
      errors_->AddAt(
          line, Join(path, key.Scalar()),
          meant.empty() ? "unknown key" : absl::StrCat("unknown key; did you mean \"", meant, "\"?"));
    }
    return field;
  }

  void AddExpected(const std::string& what, const YAML::Node& node, const std::string& path) {
    errors_->Add(path, absl::StrCat("expected ", what, ", found ", Describe(node)));
  }

  // False past the bound, which is a mistake once.
  bool CountValue() {
    if (++values_ == kMaxYamlValues + 1) {
      errors_->Add("", absl::StrCat("has more than ", kMaxYamlValues, " values"));
    }
    return values_ <= kMaxYamlValues;
  }

  ConfigErrors* errors_;
  int values_ = 0;
};

}  // namespace

absl::Status ReadYaml(std::string_view text, std::string_view file_name, Message* out) {
  ConfigErrors errors{std::string(file_name)};
  ReadYaml(text, out, &errors);
  return errors.ToStatus();
}

void ReadYaml(std::string_view text, Message* out, ConfigErrors* errors) {
  out->Clear();
  ApplyDefaults(out);
  const std::optional<YAML::Node> root = ParseYaml(text, errors);
  if (!root) return;
  errors->SetLine("", 1);
  Reader(errors).ReadSection(*root, "", 0, out);
}

}  // namespace blooio::gateway
