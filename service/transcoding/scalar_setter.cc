#include "service/transcoding/scalar_setter.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsDigits(std::string_view text) {
  const size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
  return text.size() > sign && text.find_first_not_of("0123456789", sign) == std::string_view::npos;
}

// The integer that `value` is, exactly, if it fits Integer.
template <class Integer>
std::optional<Integer> AsInteger(const JsonScalar& value, DriftCounts& drift) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return std::in_range<Integer>(*number) ? std::optional<Integer>(static_cast<Integer>(*number))
                                           : std::nullopt;
  }
  if (const auto* number = std::get_if<uint64_t>(&value)) {
    return std::in_range<Integer>(*number) ? std::optional<Integer>(static_cast<Integer>(*number))
                                           : std::nullopt;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    // From 2^53 on a double may stand for another integer than the one written,
    // such as -9223372036854775809, which the parser hands over as a double.
    const bool exact = *number == std::trunc(*number) && std::abs(*number) < 0x1p53;
    if (!exact || !std::in_range<Integer>(static_cast<int64_t>(*number))) return std::nullopt;
    drift.Count(Drift::kLenientNumber);
    return static_cast<Integer>(*number);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    Integer number = 0;
    if (!IsDigits(*text) || !absl::SimpleAtoi(Piece(*text), &number)) return std::nullopt;
    drift.Count(Drift::kLenientNumber);
    return number;
  }
  return std::nullopt;
}

std::optional<double> AsDouble(const JsonScalar& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* number = std::get_if<int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<uint64_t>(&value)) return static_cast<double>(*number);
  return std::nullopt;
}

std::optional<int> AsEnum(const EnumPlan& plan, const JsonScalar& value, DriftCounts& drift) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return std::nullopt;
  auto known = plan.number_of.find(Piece(*text));
  if (known != plan.number_of.end()) return known->second;
  drift.Count(Drift::kUnknownEnum);
  return 0;
}

// Calls the setter or the adder of Reflection, whichever the field wants.
template <class Value, class Set, class Add>
bool Put(const FieldPlan& plan, Message* message, std::optional<Value> value, Set set, Add add) {
  if (!value.has_value()) return false;
  (plan.reflection->*(plan.field->is_repeated() ? add : set))(message, plan.field, *value);
  return true;
}

// The member of an untagged union that takes this scalar, tried in order.
bool PutUnion(const MessagePlan& plan, Message* message, const JsonScalar& value, DriftCounts& drift);

bool PutScalar(const FieldPlan& plan, Message* message, const JsonScalar& value, DriftCounts& drift) {
  const FieldDescriptor* f = plan.field;
  const Reflection& r = *plan.reflection;
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const auto* text = std::get_if<std::string_view>(&value);
      if (text == nullptr) return false;
      if (f->is_repeated()) {
        r.AddString(message, f, std::string(*text));
      } else {
        r.SetString(message, f, std::string(*text));
      }
      return true;
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return Put(plan, message, AsInteger<int32_t>(value, drift), &Reflection::SetInt32,
                 &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Put(plan, message, AsInteger<int64_t>(value, drift), &Reflection::SetInt64,
                 &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Put(plan, message, AsInteger<uint32_t>(value, drift), &Reflection::SetUInt32,
                 &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Put(plan, message, AsInteger<uint64_t>(value, drift), &Reflection::SetUInt64,
                 &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Put(plan, message, AsDouble(value), &Reflection::SetDouble, &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const std::optional<double> number = AsDouble(value);
      const bool fits = number && std::abs(*number) <= std::numeric_limits<float>::max();
      return Put(plan, message, fits ? std::optional<float>(static_cast<float>(*number)) : std::nullopt,
                 &Reflection::SetFloat, &Reflection::AddFloat);
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const auto* truth = std::get_if<bool>(&value);
      return Put(plan, message, truth ? std::optional<bool>(*truth) : std::nullopt, &Reflection::SetBool,
                 &Reflection::AddBool);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return Put(plan, message, AsEnum(*plan.enumeration, value, drift), &Reflection::SetEnumValue,
                 &Reflection::AddEnumValue);
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (plan.message->kind != MessagePlan::Kind::kValue &&
          plan.message->kind != MessagePlan::Kind::kUntaggedUnion) {
        return false;
      }
      Message* inner = f->is_repeated() ? r.AddMessage(message, f) : r.MutableMessage(message, f);
      if (plan.message->kind == MessagePlan::Kind::kValue) {
        SetValue(static_cast<google::protobuf::Value*>(inner), value);
        return true;
      }
      if (PutUnion(*plan.message, inner, value, drift)) return true;
      if (f->is_repeated()) {
        r.RemoveLast(message, f);
      } else {
        r.ClearField(message, f);
      }
      return false;
    }
  }
  return false;
}

bool PutUnion(const MessagePlan& plan, Message* message, const JsonScalar& value, DriftCounts& drift) {
  for (const FieldPlan& member : plan.fields) {
    if (member.message != nullptr && member.message->kind != MessagePlan::Kind::kValue) continue;
    if (PutScalar(member, message, value, drift)) return true;
  }
  return false;
}

}  // namespace

void SetScalar(const FieldPlan& plan, Message* message, const JsonScalar& value, DriftCounts& drift) {
  const bool is_null = std::holds_alternative<std::monostate>(value);
  if (is_null && (plan.message == nullptr || plan.message->kind != MessagePlan::Kind::kValue)) return;
  if (!PutScalar(plan, message, value, drift)) drift.Count(Drift::kWrongType);
}

void SetValue(google::protobuf::Value* out, const JsonScalar& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    out->set_string_value(std::string(*text));
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    out->set_bool_value(*truth);
  } else if (std::optional<double> number = AsDouble(value)) {
    out->set_number_value(*number);
  } else {
    out->set_null_value(google::protobuf::NULL_VALUE);
  }
}

}  // namespace blooio::gateway
