#include "service/transcoding/reply_handler.h"

#include <algorithm>
#include <utility>

#include "service/base/json_text.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = MessagePlan::Kind;

constexpr std::string_view kWrapper = "data";

}  // namespace

ReplyHandler::ReplyHandler(const Route& route, Message* reply, ReplyReading& reading)
    : route_(route), reading_(reading), top_message_(reply), top_plan_(route.reply) {
  if (route.reply_body != nullptr) {
    top_message_ = reply->GetReflection()->MutableMessage(reply, route.reply_body->field);
    top_plan_ = route.reply_body->message;
  }
  frames_.reserve(8);
}

bool ReplyHandler::Scalar(JsonScalar value) {
  if (frames_.empty()) return false;  // The document is no object.
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case Frame::Kind::kIgnored:
      break;
    case Frame::Kind::kTagged:
      events_.push_back({Event::Kind::kScalar, std::move(value), {}});
      break;
    case Frame::Kind::kStruct:
    case Frame::Kind::kValues:
      SetValue(NextValue(frame), std::move(value));
      break;
    case Frame::Kind::kList:
      SetScalar(*frame.field, frame.message, std::move(value), reading_.drift);
      break;
    case Frame::Kind::kMessage: {
      const bool is_null = std::holds_alternative<std::monostate>(value);
      if (!is_null) SeeEvidence(frame);
      if (frame.field == nullptr) break;
      if (frame.field->field->is_repeated()) {
        if (!is_null) reading_.drift.Count(Drift::kWrongType);
        break;
      }
      SetScalar(*frame.field, frame.detour != nullptr ? frame.detour : frame.message, std::move(value),
                reading_.drift);
      break;
    }
  }
  return true;
}

bool ReplyHandler::key(std::string& name) {
  Frame& frame = frames_.back();
  if (frame.kind == Frame::Kind::kTagged) {
    events_.push_back({Event::Kind::kKey, {}, std::move(name)});
    return true;
  }
  if (frame.kind == Frame::Kind::kIgnored) return true;
  frame.key = std::move(name);
  if (frame.kind != Frame::Kind::kMessage) return true;
  frame.detour = nullptr;
  frame.field = frame.plan->Find(frame.key, false);
  if (frame.top) ResolveTopKey(frame);
  const bool wrapper = frame.top && frame.key == kWrapper;
  if (frame.field == nullptr && !wrapper) reading_.drift.Count(Drift::kUnknownKey);
  return true;
}

// A key that the reply does not know may belong inside its missing wrapper.
void ReplyHandler::ResolveTopKey(Frame& frame) {
  const auto& wanted = route_.rules.evidence_of_acceptance();
  frame.evidence = std::find(wanted.begin(), wanted.end(), frame.key) != wanted.end();
  if (frame.field != nullptr) return;
  const FieldPlan* wrapper = frame.plan->FindByName(kWrapper);
  if (wrapper == nullptr || wrapper->message == nullptr || wrapper->field->is_repeated()) return;
  frame.field = wrapper->message->Find(frame.key, false);
  if (frame.field == nullptr) return;
  frame.detour = frame.message->GetReflection()->MutableMessage(frame.message, wrapper->field);
  reading_.drift.Count(Drift::kDataWrapper);
}

void ReplyHandler::SeeEvidence(Frame& frame) {
  if (frame.top && frame.evidence) reading_.proves_acceptance = true;
}

bool ReplyHandler::Open(bool array) {
  if (++depth_ > kMaxJsonDepth) return false;
  if (!frames_.empty() && frames_.back().kind == Frame::Kind::kTagged) {
    events_.push_back({array ? Event::Kind::kOpenArray : Event::Kind::kOpenObject, {}, {}});
    ++kept_levels_;
    return true;
  }
  if (!frames_.empty() && frames_.back().kind == Frame::Kind::kMessage) SeeEvidence(frames_.back());
  Frame frame = frames_.empty() ? TopFrame(array) : FrameFor(frames_.back(), array);
  if (frames_.empty() && frame.kind == Frame::Kind::kIgnored) return false;  // The document is no object.
  frames_.push_back(std::move(frame));
  return true;
}

bool ReplyHandler::Close() {
  --depth_;
  if (frames_.back().kind == Frame::Kind::kTagged) {
    if (kept_levels_ > 0) {
      --kept_levels_;
      events_.push_back({Event::Kind::kClose, {}, {}});
      return true;
    }
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    return ReplayTagged(frame, std::exchange(events_, {}));
  }
  frames_.pop_back();
  return true;
}

ReplyHandler::Frame ReplyHandler::TopFrame(bool array) {
  if (!array) {
    Frame frame = MessageFrame(*top_plan_, top_message_, false);
    frame.top = true;
    return frame;
  }
  // A bare list in place of {"data": [...]}.
  const FieldPlan* wrapper = top_plan_->FindByName(kWrapper);
  if (wrapper == nullptr || !wrapper->field->is_repeated()) return {};
  reading_.drift.Count(Drift::kDataWrapper);
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
  const FieldPlan* field = parent.plan->Find(parent.key, array);
  const bool superfluous =
      parent.top && parent.key == kWrapper && !array && (field == nullptr || field->field->is_repeated());
  if (superfluous) {
    reading_.drift.Count(Drift::kDataWrapper);
    Frame inner = MessageFrame(*parent.plan, parent.message, false);
    inner.top = true;
    return inner;
  }
  if (parent.field == nullptr) return {};
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
  const Reflection& reflection = *message->GetReflection();
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
      if (array || replaying_) return Dropped();
      frame.kind = Frame::Kind::kTagged;
      return frame;
    case Kind::kUntaggedUnion:
      for (const FieldPlan& member : plan.fields) {
        if (member.message == nullptr) continue;
        const FieldPlan* list = array ? member.message->OnlyTextList() : nullptr;
        if (array && list == nullptr) continue;
        Message* inner = message->GetReflection()->MutableMessage(message, member.field);
        return array ? FieldFrame(*list, inner, false, true) : MessageFrame(*member.message, inner, false);
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
  return &(*static_cast<google::protobuf::Struct*>(frame.message)->mutable_fields())[frame.key];
}

// The tag may stand behind what it explains, so a tagged union is kept whole
// and read again once its member is known.
bool ReplyHandler::ReplayTagged(const Frame& frame, std::vector<Event> events) {
  const FieldPlan* member = nullptr;
  int level = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind == Event::Kind::kOpenObject || event.kind == Event::Kind::kOpenArray) ++level;
    if (event.kind == Event::Kind::kClose) --level;
    if (level > 0 || event.kind != Event::Kind::kKey || event.key != frame.plan->tag_key) continue;
    if (const auto* tag = std::get_if<std::string>(&events[i + 1].scalar))
      member = frame.plan->FindByName(*tag);
  }
  if (member == nullptr) {
    reading_.drift.Count(Drift::kWrongType);
    return true;
  }
  replaying_ = true;
  frames_.push_back(MessageFrame(
      *member->message, frame.message->GetReflection()->MutableMessage(frame.message, member->field), false));
  ++depth_;
  bool go_on = true;
  for (size_t i = 0; go_on && i < events.size(); ++i) {
    Event& event = events[i];
    switch (event.kind) {
      case Event::Kind::kScalar:
        go_on = Scalar(std::move(event.scalar));
        break;
      case Event::Kind::kKey: {
        const bool tag = frames_.back().message != nullptr && frames_.back().plan == member->message &&
                         event.key == frame.plan->tag_key && events[i + 1].kind == Event::Kind::kScalar;
        if (tag) {
          ++i;
        } else {
          go_on = key(event.key);
        }
        break;
      }
      case Event::Kind::kOpenObject:
        go_on = Open(false);
        break;
      case Event::Kind::kOpenArray:
        go_on = Open(true);
        break;
      case Event::Kind::kClose:
        go_on = Close();
        break;
    }
  }
  replaying_ = false;
  return go_on && Close();
}

}  // namespace blooio::gateway
