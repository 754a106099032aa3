#include "service/transcoding/request_writer.h"

#include "service/transcoding/json_writer.h"
#include "service/transcoding/percent.h"

namespace blooio::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

void AppendQuery(const FieldPlan& plan, const Message& message, std::string& path, char& separator) {
  if (!IsWritten(plan, message)) return;
  const bool repeated = plan.field->is_repeated();
  const int size = repeated ? plan.reflection->FieldSize(message, plan.field) : 1;
  for (int i = 0; i < size; ++i) {
    path += separator;
    separator = '&';
    AppendPercentEncoded(plan.json_key, path);
    path += '=';
    std::string text;
    AppendScalarText(plan, message, repeated ? i : -1, text);
    AppendPercentEncoded(text, path);
  }
}

}  // namespace

std::string SegmentText(const FieldPlan& plan, const Message& message) {
  std::string text;
  const Reflection& reflection = *plan.reflection;
  if (plan.field->has_presence() && !reflection.HasField(message, plan.field)) return text;
  if (plan.message == nullptr) {
    AppendScalarText(plan, message, -1, text);
    return text;
  }
  const Message& value = reflection.GetMessage(message, plan.field);
  for (const FieldPlan& member : plan.message->fields) {
    if (!member.reflection->HasField(value, member.field)) continue;
    if (member.message == nullptr) {
      AppendScalarText(member, value, -1, text);
      continue;
    }
    const FieldPlan& list = *member.message->OnlyTextList();
    const Message& elements = member.reflection->GetMessage(value, member.field);
    const int size = list.reflection->FieldSize(elements, list.field);
    for (int i = 0; i < size; ++i) {
      if (i > 0) text += ',';
      AppendScalarText(list, elements, i, text);
    }
  }
  return text;
}

RestRequest WriteRequest(const Route& route, const Message& request, const WriteOptions& options) {
  RestRequest call;
  call.verb = route.verb;
  call.read_only = route.read_only;
  for (const PathPart& part : route.path) {
    call.path += part.literal;
    if (part.field != nullptr) AppendPercentEncoded(SegmentText(*part.field, request), call.path);
  }
  char separator = '?';
  for (const FieldPlan* plan : route.query) AppendQuery(*plan, request, call.path, separator);

  std::vector<const FieldPlan*> moved;
  for (const FieldPlan* plan : route.headers) {
    if (!IsWritten(*plan, request)) continue;
    if (options.headers_into_body && plan->rules.header_or_body()) {
      moved.push_back(plan);
      continue;
    }
    std::string value;
    AppendScalarText(*plan, request, -1, value);
    call.headers.push_back({plan->rules.header(), std::move(value)});
  }
  if (!route.has_body) return call;
  call.has_body = true;
  if (moved.empty()) {
    AppendJsonObject(route.body, request, call.body);
  } else {
    moved.insert(moved.end(), route.body.begin(), route.body.end());
    AppendJsonObject(moved, request, call.body);
  }
  return call;
}

}  // namespace blooio::gateway
