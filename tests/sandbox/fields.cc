#include "tests/sandbox/fields.h"

#include <algorithm>
#include <vector>

#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

using Problem = Violation::Problem;

unsigned KindOf(const Json& value) {
  if (value.is_string()) return kString;
  if (value.is_boolean()) return kBoolean;
  if (value.is_number_integer()) return kInteger;
  if (value.is_array()) return kArray;
  if (value.is_object()) return kObject;
  return value.is_null() ? unsigned{kNull} : 0u;
}

std::string KindNames(unsigned kinds) {
  static constexpr std::pair<unsigned, std::string_view> kNames[] = {
      {kString, "a string"}, {kBoolean, "a boolean"}, {kInteger, "an integer"},
      {kArray, "an array"},  {kObject, "an object"},  {kNull, "null"}};
  std::vector<std::string_view> names;
  for (const auto& [kind, name] : kNames) {
    if (kinds & kind) names.push_back(name);
  }
  return Join(names, " or ");
}

}  // namespace

std::optional<Violation> CheckFields(const Json& object, std::span<const Field> fields,
                                     std::string_view prefix) {
  for (const Field& field : fields) {
    const std::string path = Concat({prefix, field.name});
    const auto value = object.find(field.name);
    if (value == object.end()) {
      if (field.required) return Violation{Problem::kMissing, path, Concat({path, " is required."})};
      continue;
    }
    if ((KindOf(*value) & field.kinds) == 0) {
      return Violation{Problem::kMistyped, path, Concat({path, " has to be ", KindNames(field.kinds), "."})};
    }
  }
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(fields, name, &Field::name) == fields.end()) {
      const std::string path = Concat({prefix, name});
      return Violation{Problem::kUnknown, path, Concat({path, " is not a known field."})};
    }
  }
  return std::nullopt;
}

Violation Invalid(std::string_view path, std::string_view rule) {
  return {Problem::kInvalid, std::string(path), Concat({path, " ", rule})};
}

std::string_view ProblemName(Violation::Problem problem) {
  switch (problem) {
    case Problem::kMissing:
      return "missing";
    case Problem::kMistyped:
      return "type";
    case Problem::kUnknown:
      return "unknown";
    case Problem::kInvalid:
      return "invalid";
  }
  return "invalid";
}

}  // namespace blooio::sandbox
