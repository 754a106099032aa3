#include "service/transcoding/reply_handler.h"

#include <algorithm>
#include <utility>

#include "service/base/json_text.h"

namespace blooio::gateway {

using google::protobuf::Message;

ReplyHandler::ReplyHandler(const Route& route, const JsonStrings& strings, Message* reply,
                           ReplyReading& reading)
    : route_(route), strings_(strings), reading_(reading), top_message_(reply), top_plan_(route.reply) {
  if (route.reply_body != nullptr) {
    top_message_ = reply->GetReflection()->MutableMessage(reply, route.reply_body->field);
    top_plan_ = route.reply_body->message;
  }
  frames_.reserve(8);
}

bool ReplyHandler::Scalar(const JsonScalar& value) {
  if (frames_.empty()) return false;  // The document is no object.
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case Frame::Kind::kIgnored:
      break;
    case Frame::Kind::kTagged:
      if (const auto* text = std::get_if<std::string_view>(&value)) {
        events_.push_back({Event::Kind::kText, {}, std::string(*text)});
      } else {
        events_.push_back({Event::Kind::kScalar, value, {}});
      }
      break;
    case Frame::Kind::kStruct:
    case Frame::Kind::kValues:
      SetValue(NextValue(frame), value);
      break;
    case Frame::Kind::kList:
      SetScalar(*frame.field, frame.message, value, reading_.drift);
      break;
    case Frame::Kind::kMessage: {
      const bool is_null = std::holds_alternative<std::monostate>(value);
      if (!is_null) SeeEvidence(frame);
      if (frame.field == nullptr) break;
      if (frame.field->field->is_repeated()) {
        if (!is_null) reading_.drift.Count(Drift::kWrongType);
        break;
      }
      SetScalar(*frame.field, frame.detour != nullptr ? frame.detour : frame.message, value, reading_.drift);
      break;
    }
  }
  return true;
}

bool ReplyHandler::Key(std::string_view name) {
  Frame& frame = frames_.back();
  if (frame.kind == Frame::Kind::kTagged) {
    events_.push_back({Event::Kind::kKey, {}, std::string(name)});
    return true;
  }
  if (frame.kind == Frame::Kind::kIgnored) return true;
  frame.key = name;
  if (frame.kind != Frame::Kind::kMessage) return true;
  frame.detour = nullptr;
  frame.field = frame.plan->Find(frame.key, false, frame.next);
  if (frame.field != nullptr) frame.next = static_cast<size_t>(frame.field - frame.plan->fields.data()) + 1;
  if (frame.top) ResolveTopKey(frame);
  const bool wrapper = frame.top && frame.key == kWrapper;
  if (frame.field == nullptr && !wrapper) reading_.drift.Count(Drift::kUnknownKey);
  return true;
}

// A key that the reply does not know may belong inside its missing wrapper.
void ReplyHandler::ResolveTopKey(Frame& frame) {
  const auto& wanted = route_.rules.evidence_of_acceptance();
  frame.evidence =
      !reading_.proves_acceptance && std::find(wanted.begin(), wanted.end(), frame.key) != wanted.end();
  if (frame.field != nullptr || wrapped_) return;
  const FieldPlan* wrapper = frame.plan->FindByName(kWrapper);
  if (wrapper == nullptr || wrapper->message == nullptr || wrapper->field->is_repeated()) return;
  frame.field = wrapper->message->Find(frame.key, false);
  if (frame.field == nullptr) return;
  frame.detour = frame.message->GetReflection()->MutableMessage(frame.message, wrapper->field);
  CountWrapper();
}

// Once per answer, however many keys it moves.
void ReplyHandler::CountWrapper() {
  if (reading_.drift[Drift::kDataWrapper] == 0) reading_.drift.Count(Drift::kDataWrapper);
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

// The tag may stand behind what it explains, so a tagged union is kept whole
// and read again once its member is known.
bool ReplyHandler::ReplayTagged(const Frame& frame, std::vector<Event> events) {
  const FieldPlan* member = nullptr;
  int level = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind == Event::Kind::kOpenObject || event.kind == Event::Kind::kOpenArray) ++level;
    if (event.kind == Event::Kind::kClose) --level;
    if (level > 0 || event.kind != Event::Kind::kKey || event.text != frame.plan->tag_key) continue;
    if (events[i + 1].kind == Event::Kind::kText) member = frame.plan->FindByName(events[i + 1].text);
  }
  if (member == nullptr) {
    reading_.drift.Count(Drift::kWrongType);
    return true;
  }
  frames_.push_back(MessageFrame(
      *member->message, frame.message->GetReflection()->MutableMessage(frame.message, member->field), false));
  ++depth_;
  const size_t member_level = frames_.size();
  bool go_on = true;
  for (size_t i = 0; go_on && i < events.size(); ++i) {
    const Event& event = events[i];
    switch (event.kind) {
      case Event::Kind::kScalar:
        go_on = Scalar(event.scalar);
        break;
      case Event::Kind::kText:
        go_on = Scalar(std::string_view(event.text));
        break;
      case Event::Kind::kKey: {
        const Event::Kind next = events[i + 1].kind;
        const bool tag = frames_.size() == member_level && event.text == frame.plan->tag_key &&
                         (next == Event::Kind::kScalar || next == Event::Kind::kText);
        if (tag) {
          ++i;
        } else {
          go_on = Key(event.text);
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
  return go_on && Close();
}

}  // namespace blooio::gateway
