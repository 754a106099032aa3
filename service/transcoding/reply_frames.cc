// Where the values of a reply go: which frame an object or array opens.
#include "service/transcoding/reply_handler.h"

namespace blooio::gateway {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = MessagePlan::Kind;

namespace {

// Whether an array, or else an object, can be a member of this type in a union.
bool Takes(const MessagePlan& plan, bool array) {
  if (plan.kind == Kind::kValue) return true;
  if (array) return plan.kind == Kind::kListValue || plan.OnlyTextList() != nullptr;
  return plan.kind != Kind::kListValue && plan.kind != Kind::kUntaggedUnion;
}

}  // namespace

ReplyHandler::Frame ReplyHandler::TopFrame(bool array) {
  if (!array || top_plan_->kind != Kind::kOrdinary) {
    Frame frame = MessageFrame(*top_plan_, top_message_, array);
    frame.top = true;
    return frame;
  }
  // A bare list in place of {"data": [...]}.
  const FieldPlan* wrapper = top_plan_->FindByName(kWrapper);
  if (wrapper == nullptr || !wrapper->field->is_repeated()) return {};
  CountWrapper();
  return FieldFrame(*wrapper, top_message_, false, true);
}

ReplyHandler::Frame ReplyHandler::FrameFor(const Frame& parent, bool array) {
  switch (parent.kind) {
    case Frame::Kind::kStruct:
    case Frame::Kind::kValues:
      return ValueFrame(NextValue(parent), array);
    case Frame::Kind::kList:
      return FieldFrame(*parent.field, parent.message, true, array);
    case Frame::Kind::kMessage:
      break;
    default:
      return {};
  }
  const bool found = parent.field != nullptr && parent.field->alone && parent.detour == nullptr;
  const FieldPlan* field = found ? parent.field : parent.plan->Find(parent.key, array);
  const bool superfluous =
      parent.top && parent.key == kWrapper && !array && (field == nullptr || field->field->is_repeated());
  if (superfluous) {
    CountWrapper();
    Frame inner = MessageFrame(*parent.plan, parent.message, false);
    inner.top = true;
    return inner;
  }
  if (parent.field == nullptr) return {};
  if (parent.top && parent.key == kWrapper) wrapped_ = true;
  if (parent.detour != nullptr) {
    field = parent.plan->FindByName(kWrapper)->message->Find(parent.key, array);
    return FieldFrame(*field, parent.detour, false, array);
  }
  return FieldFrame(*field, parent.message, false, array);
}

// An object or array that is the value of `field`, or an element of it.
ReplyHandler::Frame ReplyHandler::FieldFrame(const FieldPlan& plan, Message* message, bool in_list,
                                             bool array) {
  const FieldDescriptor* field = plan.field;
  const Reflection& reflection = *plan.reflection;
  if (field->is_repeated() && !in_list) {
    if (!array) return Dropped();
    reflection.ClearField(message, field);  // The last of two equal keys counts.
    Frame frame;
    frame.kind = Frame::Kind::kList;
    frame.message = message;
    frame.field = &plan;
    return frame;
  }
  if (plan.message == nullptr) return Dropped();
  if (!in_list) reflection.ClearField(message, field);
  Message* inner =
      in_list ? reflection.AddMessage(message, field) : reflection.MutableMessage(message, field);
  Frame frame = MessageFrame(*plan.message, inner, array);
  if (frame.kind == Frame::Kind::kIgnored) {
    if (in_list) {
      reflection.RemoveLast(message, field);
    } else {
      reflection.ClearField(message, field);
    }
  }
  return frame;
}

ReplyHandler::Frame ReplyHandler::MessageFrame(const MessagePlan& plan, Message* message, bool array) {
  Frame frame;
  frame.message = message;
  frame.plan = &plan;
  switch (plan.kind) {
    case Kind::kOrdinary:
      if (array) return Dropped();
      frame.kind = Frame::Kind::kMessage;
      return frame;
    case Kind::kTaggedUnion:
      if (array) return Dropped();
      frame.kind = Frame::Kind::kTagged;
      return frame;
    case Kind::kUntaggedUnion:
      for (const FieldPlan& member : plan.fields) {
        if (member.message == nullptr || !Takes(*member.message, array)) continue;
        Message* inner = member.reflection->MutableMessage(message, member.field);
        const FieldPlan* list = array ? member.message->OnlyTextList() : nullptr;
        return list != nullptr ? FieldFrame(*list, inner, false, true)
                               : MessageFrame(*member.message, inner, array);
      }
      return Dropped();
    case Kind::kStruct:
      if (array) return Dropped();
      frame.kind = Frame::Kind::kStruct;
      return frame;
    case Kind::kListValue:
      if (!array) return Dropped();
      frame.kind = Frame::Kind::kValues;
      return frame;
    case Kind::kValue:
      return ValueFrame(static_cast<google::protobuf::Value*>(message), array);
  }
  return Dropped();
}

ReplyHandler::Frame ReplyHandler::ValueFrame(google::protobuf::Value* value, bool array) {
  Frame frame;
  frame.kind = array ? Frame::Kind::kValues : Frame::Kind::kStruct;
  frame.message = array ? static_cast<Message*>(value->mutable_list_value()) : value->mutable_struct_value();
  return frame;
}

ReplyHandler::Frame ReplyHandler::Dropped() {
  reading_.drift.Count(Drift::kWrongType);
  return {};
}

google::protobuf::Value* ReplyHandler::NextValue(const Frame& frame) {
  if (frame.kind == Frame::Kind::kValues) {
    return static_cast<google::protobuf::ListValue*>(frame.message)->add_values();
  }
  auto& value = (*static_cast<google::protobuf::Struct*>(frame.message)->mutable_fields())[frame.key];
  value.Clear();  // The last of two equal keys counts.
  return &value;
}

}  // namespace blooio::gateway
