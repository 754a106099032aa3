#include "service/config/field_value.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/config/duration_text.h"

namespace blooio::gateway {
namespace {

using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsDuration(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->full_name() == Duration::descriptor()->full_name();
}

absl::Status WrongType(const FieldDescriptor& field, const Scalar& scalar) {
  return absl::InvalidArgumentError(absl::StrCat("expected ", Wanted(field), ", found ", Describe(scalar)));
}

bool IsWholeNumber(const std::string& text) {
  const size_t start = text.starts_with('-') ? 1 : 0;
  return text.size() > start && std::all_of(text.begin() + start, text.end(), absl::ascii_isdigit);
}

bool ParseDouble(const std::string& text, double* value) {
  return absl::SimpleAtod(text, value) && std::isfinite(*value);
}

std::string NumberText(double value) { return absl::StrFormat("%.15g", value); }
std::string SecondsText(double seconds) { return DurationText(absl::Seconds(seconds)); }

// `unit_text` writes a limit the way the file writes the value.
template <typename UnitText>
absl::Status CheckRange(double value, const v1::ConfigRules& rules, const UnitText& unit_text) {
  const bool low = rules.has_minimum() && value < rules.minimum();
  const bool high = rules.has_maximum() && value > rules.maximum();
  if (!low && !high) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("is ", unit_text(value), ", but has to be at ",
                                                 low ? "least " : "most ",
                                                 unit_text(low ? rules.minimum() : rules.maximum())));
}

// Calls the one of a type's two functions of Reflection that fits the field.
template <typename Set, typename Add, typename Value>
void Store(Set set, Add add, const Value& value, const FieldDescriptor& field, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  if (field.is_repeated()) {
    (reflection.*add)(message, &field, value);
  } else {
    (reflection.*set)(message, &field, value);
  }
}

absl::Status SetBool(const Scalar& scalar, const FieldDescriptor& field, Message* message) {
  const bool value = scalar.text == "true";
  if (scalar.quoted || (!value && scalar.text != "false")) return WrongType(field, scalar);
  Store(&Reflection::SetBool, &Reflection::AddBool, value, field, message);
  return absl::OkStatus();
}

template <typename Int, typename Set, typename Add>
absl::Status SetWholeNumber(Set set, Add add, const Scalar& scalar, const FieldDescriptor& field,
                            Message* message) {
  if (scalar.quoted || !IsWholeNumber(scalar.text)) return WrongType(field, scalar);
  Int value = 0;
  if (!absl::SimpleAtoi(scalar.text, &value)) {
    return absl::InvalidArgumentError("is a greater number than this setting can hold");
  }
  absl::Status status = CheckRange(static_cast<double>(value), RulesOf(field), NumberText);
  if (status.ok()) Store(set, add, value, field, message);
  return status;
}

absl::Status SetDouble(const Scalar& scalar, const FieldDescriptor& field, Message* message) {
  double value = 0;
  if (scalar.quoted || !ParseDouble(scalar.text, &value)) return WrongType(field, scalar);
  absl::Status status = CheckRange(value, RulesOf(field), NumberText);
  if (status.ok()) Store(&Reflection::SetDouble, &Reflection::AddDouble, value, field, message);
  return status;
}

absl::Status SetText(const Scalar& scalar, const FieldDescriptor& field, Message* message) {
  if (std::any_of(scalar.text.begin(), scalar.text.end(), absl::ascii_iscntrl)) {
    return absl::InvalidArgumentError("has a line break or another control character");
  }
  const Reflection& reflection = *message->GetReflection();
  if (field.is_repeated()) {
    reflection.AddString(message, &field, scalar.text);
  } else {
    reflection.SetString(message, &field, scalar.text);
  }
  return absl::OkStatus();
}

absl::Status SetDuration(const Scalar& scalar, const FieldDescriptor& field, Message* message) {
  const std::optional<absl::Duration> duration = ParseDurationText(scalar.text);
  if (!duration) return WrongType(field, scalar);
  absl::Status status = CheckRange(absl::ToDoubleSeconds(*duration), RulesOf(field), SecondsText);
  if (!status.ok()) return status;
  const Reflection& reflection = *message->GetReflection();
  Message* value = field.is_repeated() ? reflection.AddMessage(message, &field)
                                       : reflection.MutableMessage(message, &field);
  value->CopyFrom(ToProto(*duration));
  return status;
}

}  // namespace

const v1::ConfigRules& RulesOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::config);
}

bool IsSection(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsDuration(field);
}

std::string Wanted(const FieldDescriptor& field) {
  if (IsDuration(field)) return "a duration such as \"30s\"";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return "a text";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "a number";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a mapping";
    default:
      return "a whole number";
  }
}

std::string Describe(const Scalar& scalar) {
  double number = 0;
  if (scalar.quoted) return "a text";
  if (scalar.text == "true" || scalar.text == "false") return "a boolean";
  return ParseDouble(scalar.text, &number) ? "a number" : "a text";
}

absl::Status SetFromScalar(const Scalar& scalar, const FieldDescriptor& field, Message* message) {
  if (IsDuration(field)) return SetDuration(scalar, field, message);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(scalar, field, message);
    case FieldDescriptor::CPPTYPE_INT32:
      return SetWholeNumber<int32_t>(&Reflection::SetInt32, &Reflection::AddInt32, scalar, field, message);
    case FieldDescriptor::CPPTYPE_INT64:
      return SetWholeNumber<int64_t>(&Reflection::SetInt64, &Reflection::AddInt64, scalar, field, message);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return SetDouble(scalar, field, message);
    case FieldDescriptor::CPPTYPE_STRING:
      return SetText(scalar, field, message);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return WrongType(field, scalar);
    default:
      return absl::InvalidArgumentError("cannot be given in a file");
  }
}

std::string ScalarText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return index < 0 ? reflection.GetString(message, &field)
                     : reflection.GetRepeatedString(message, &field, index);
  }
  if (IsDuration(field)) {
    Duration duration;
    duration.CopyFrom(index < 0 ? reflection.GetMessage(message, &field)
                                : reflection.GetRepeatedMessage(message, &field, index));
    return DurationText(ToDuration(duration));
  }
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return text;
}

}  // namespace blooio::gateway
