// Checks the keys of a JSON object against what an API page lists: required,
// type, and nothing else.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tests/sandbox/json.h"

namespace blooio::sandbox {

// JSON types, to be combined with "|".
enum JsonKinds : unsigned {
  kString = 1,
  kBoolean = 2,
  kInteger = 4,
  kArray = 8,
  kObject = 16,
  kNull = 32,
};

struct Field {
  std::string_view name;
  unsigned kinds;
  bool required = false;
};

struct Violation {
  enum class Problem { kMissing, kMistyped, kUnknown, kInvalid };
  Problem problem;
  // Where, such as "content.link_preview.image_url".
  std::string path;
  // A sentence for a person.
  std::string message;
};

// The first violation, in the order missing, mistyped, unknown. `prefix` stands
// before the paths: "content." or "".
std::optional<Violation> CheckFields(const Json& object, std::span<const Field> fields,
                                     std::string_view prefix);

// A violation of a rule that types cannot tell.
Violation Invalid(std::string_view path, std::string_view rule);

// What is wrong, in a word: "missing", "type", "unknown" or "invalid".
std::string_view ProblemName(Violation::Problem problem);

}  // namespace blooio::sandbox
