#include "service/transcoding/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "google/protobuf/struct.pb.h"
#include "service/base/json_text.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = MessagePlan::Kind;

template <class Number>
void AppendNumber(Number number, std::string& out) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, end);
}

// Whole numbers without exponent, so that an integer in a Struct stays one.
template <class Real>
void AppendReal(Real number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
  } else if (number == std::trunc(number) && std::abs(number) < 0x1p53) {
    AppendNumber(static_cast<int64_t>(number), out);
  } else {
    AppendNumber(number, out);
  }
}

void AppendStruct(const google::protobuf::Struct& object, std::string& out);
void AppendList(const google::protobuf::ListValue& list, std::string& out);

void AppendValue(const google::protobuf::Value& value, std::string& out) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      AppendReal(value.number_value(), out);
      break;
    case google::protobuf::Value::kStringValue:
      AppendJsonString(value.string_value(), out);
      break;
    case google::protobuf::Value::kBoolValue:
      out += value.bool_value() ? "true" : "false";
      break;
    case google::protobuf::Value::kStructValue:
      AppendStruct(value.struct_value(), out);
      break;
    case google::protobuf::Value::kListValue:
      AppendList(value.list_value(), out);
      break;
    default:
      out += "null";
      break;
  }
}

void AppendList(const google::protobuf::ListValue& list, std::string& out) {
  out += '[';
  for (const auto& element : list.values()) {
    AppendValue(element, out);
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += ']';
}

void AppendStruct(const google::protobuf::Struct& object, std::string& out) {
  // A proto map has no order of its own; the same request has to be the same bytes.
  std::vector<std::pair<std::string_view, const google::protobuf::Value*>> sorted;
  sorted.reserve(object.fields().size());
  for (const auto& [key, value] : object.fields()) sorted.emplace_back(key, &value);
  std::sort(sorted.begin(), sorted.end());
  out += '{';
  for (const auto& [key, value] : sorted) {
    AppendJsonString(key, out);
    out += ':';
    AppendValue(*value, out);
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += '}';
}

void AppendField(const FieldPlan& plan, const Message& message, int index, std::string& out);

// The fields of an ordinary message, without braces; each followed by a comma.
void AppendMembers(const MessagePlan& plan, const Message& message, std::string& out);

void AppendMessage(const MessagePlan& plan, const Message& message, std::string& out) {
  switch (plan.kind) {
    case Kind::kStruct:
      AppendStruct(static_cast<const google::protobuf::Struct&>(message), out);
      return;
    case Kind::kValue:
      AppendValue(static_cast<const google::protobuf::Value&>(message), out);
      return;
    case Kind::kListValue:
      AppendList(static_cast<const google::protobuf::ListValue&>(message), out);
      return;
    case Kind::kUntaggedUnion:
      for (const FieldPlan& member : plan.fields) {
        if (IsWritten(member, message)) AppendField(member, message, -1, out);
      }
      return;
    case Kind::kTaggedUnion:
      for (const FieldPlan& member : plan.fields) {
        if (!IsWritten(member, message)) continue;
        out += '{';
        AppendJsonString(plan.tag_key, out);
        out += ':';
        AppendJsonString(member.field->name(), out);
        out += ',';
        AppendMembers(*member.message, member.reflection->GetMessage(message, member.field), out);
        out.back() = '}';
      }
      return;
    case Kind::kOrdinary:
      out += '{';
      AppendMembers(plan, message, out);
      if (out.back() == ',') out.pop_back();
      out += '}';
  }
}

void AppendMember(const FieldPlan& plan, const Message& message, std::string& out) {
  if (!IsWritten(plan, message)) return;
  out += plan.json_prefix;
  if (plan.field->is_repeated()) {
    out += '[';
    const int size = plan.reflection->FieldSize(message, plan.field);
    for (int i = 0; i < size; ++i) {
      if (i > 0) out += ',';
      AppendField(plan, message, i, out);
    }
    out += ']';
  } else {
    AppendField(plan, message, -1, out);
  }
  out += ',';
}

void AppendMembers(const MessagePlan& plan, const Message& message, std::string& out) {
  for (const FieldPlan& field : plan.fields) AppendMember(field, message, out);
}

void AppendField(const FieldPlan& plan, const Message& message, int index, std::string& out) {
  const Reflection& reflection = *plan.reflection;
  if (plan.message != nullptr) {
    AppendMessage(*plan.message,
                  index < 0 ? reflection.GetMessage(message, plan.field)
                            : reflection.GetRepeatedMessage(message, plan.field, index),
                  out);
  } else if (plan.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    std::string scratch;
    AppendJsonString(index < 0 ? reflection.GetStringReference(message, plan.field, &scratch)
                               : reflection.GetRepeatedStringReference(message, plan.field, index, &scratch),
                     out);
  } else if (plan.enumeration != nullptr) {
    std::string text;
    AppendScalarText(plan, message, index, text);
    AppendJsonString(text, out);
  } else {
    AppendScalarText(plan, message, index, out);
  }
}

}  // namespace

bool IsWritten(const FieldPlan& plan, const Message& message) {
  const Reflection& reflection = *plan.reflection;
  return plan.field->is_repeated() ? reflection.FieldSize(message, plan.field) > 0
                                   : reflection.HasField(message, plan.field);
}

void AppendJsonObject(std::span<const FieldPlan* const> fields, const Message& message, std::string& out) {
  out += '{';
  for (const FieldPlan* field : fields) AppendMember(*field, message, out);
  if (out.back() == ',') out.pop_back();
  out += '}';
}

void AppendScalarText(const FieldPlan& plan, const Message& message, int index, std::string& out) {
  const Reflection& r = *plan.reflection;
  const FieldDescriptor* f = plan.field;
  const bool one = index < 0;
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      AppendNumber(one ? r.GetInt32(message, f) : r.GetRepeatedInt32(message, f, index), out);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      AppendNumber(one ? r.GetInt64(message, f) : r.GetRepeatedInt64(message, f, index), out);
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      AppendNumber(one ? r.GetUInt32(message, f) : r.GetRepeatedUInt32(message, f, index), out);
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      AppendNumber(one ? r.GetUInt64(message, f) : r.GetRepeatedUInt64(message, f, index), out);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      AppendReal(one ? r.GetDouble(message, f) : r.GetRepeatedDouble(message, f, index), out);
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      AppendReal(one ? r.GetFloat(message, f) : r.GetRepeatedFloat(message, f, index), out);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      out += (one ? r.GetBool(message, f) : r.GetRepeatedBool(message, f, index)) ? "true" : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = one ? r.GetEnumValue(message, f) : r.GetRepeatedEnumValue(message, f, index);
      auto text = plan.enumeration->text_of.find(number);
      if (text != plan.enumeration->text_of.end()) out += text->second;
      break;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      out += one ? r.GetStringReference(message, f, &scratch)
                 : r.GetRepeatedStringReference(message, f, index, &scratch);
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
}

}  // namespace blooio::gateway
