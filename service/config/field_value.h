// The texts of single configuration values: how "30s", "true" or "4096" in the
// file becomes a field of a message, and how it is written back.
//
//   absl::Status status = SetFromScalar({"30s"}, *field, &message);
//   // expected a duration such as "30s", found a number
//
// What a field may hold stands in its ConfigRules. Errors are the second half of
// a sentence about the field and never quote a text, only numbers.
//
// Thread-safety: free functions without state.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "blooio/gateway/v1/config_rules.pb.h"

namespace blooio::gateway {

// A value as it stands in the file.
struct Scalar {
  std::string text;
  // In quotes, or tagged as a text: then it is no number, duration or boolean,
  // although it may look like one.
  bool quoted = false;
};

// The default value of a section that always exists.
inline constexpr char kEmptySection[] = "{}";

// Rules of a field; without any, all unset.
const v1::ConfigRules& RulesOf(const google::protobuf::FieldDescriptor& field);

// Whether the field is a section, which is written as a mapping. Durations are
// messages too, but are written as a text.
bool IsSection(const google::protobuf::FieldDescriptor& field);

// What the field wants, for error sentences: "a whole number", "a text", ...
std::string Wanted(const google::protobuf::FieldDescriptor& field);

// What a value looks like, for error sentences: "a text", "a number" or "a
// boolean".
std::string Describe(const Scalar& scalar);

// Sets a singular field, or appends to a repeated one. Fields are bool, int32,
// int64, double, string and google.protobuf.Duration. On an error (wrong type,
// out of range, control characters) the message stays as it was.
absl::Status SetFromScalar(const Scalar& scalar, const google::protobuf::FieldDescriptor& field,
                           google::protobuf::Message* message);

// The inverse: the text that SetFromScalar reads. `index` is that of a repeated
// field's element, and -1 for a singular field.
std::string ScalarText(const google::protobuf::Message& message,
                       const google::protobuf::FieldDescriptor& field, int index);

}  // namespace blooio::gateway
