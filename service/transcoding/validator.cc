#include "service/transcoding/validator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "service/base/text.h"
#include "service/base/utf8.h"
#include "service/transcoding/json_writer.h"
#include "service/transcoding/request_writer.h"
#include "service/transcoding/shapes.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = MessagePlan::Kind;

// Where the walk stands; spelled out only when something is wrong.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;
  int index = -1;

  std::string Spell() const {
    std::string text = parent == nullptr ? "" : parent->Spell();
    if (!text.empty() && !name.empty()) text += '.';
    Append(&text, name);
    if (index >= 0) Append(&text, "[", index, "]");
    return text;
  }
};

// What servers commonly take of an address; past it the upstream refuses the
// call without saying why, and libcurl gives up.
constexpr size_t kMostAddressBytes = 8192;

class Walk {
 public:
  explicit Walk(Violations& violations) : violations_(violations) {}

  void CheckMessage(const MessagePlan& plan, const Message& message, const Place* place) {
    if (plan.kind == Kind::kUntaggedUnion || plan.kind == Kind::kTaggedUnion) {
      CheckUnionIsSet(plan, message, place);
    } else if (plan.kind != Kind::kOrdinary) {
      CheckFinite(message, place);
      return;
    }
    for (const FieldPlan& field : plan.fields) CheckField(field, message, place);
  }

  // A path segment that is empty, "." or ".." would name another resource.
  void CheckSegment(const FieldPlan& plan, const Message& request) {
    const Place place{nullptr, plan.field->name()};
    const std::string text = SegmentText(plan, request);
    if (text.empty() && !IsReported(plan)) {
      Add(&place, IsWritten(plan, request) ? "must not be empty" : "is required");
    }
    if (text == "." || text == "..") Add(&place, "must not be a dot segment");
    CheckAddressLength(&place, text);
  }

  // The same for a value of the query.
  void CheckQuery(const FieldPlan& plan, const Message& request) {
    if (plan.field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || plan.field->is_repeated()) return;
    const Place place{nullptr, plan.field->name()};
    CheckAddressLength(&place, plan.reflection->GetString(request, plan.field));
  }

 private:
  void CheckAddressLength(const Place* place, const std::string& text) {
    if (text.size() <= kMostAddressBytes) return;
    Add(place, Cat("has to fit an address: at most ", kMostAddressBytes, " bytes, is ", text.size()));
  }

  void Add(const Place* place, std::string description) {
    if (violations_.first.size() == Violations::kMost) {
      ++violations_.more;
    } else {
      violations_.first.push_back({place == nullptr ? "" : place->Spell(), std::move(description)});
    }
  }

  // Whether something is wrong with the field, or below it, already.
  bool IsReported(const FieldPlan& plan) const {
    return std::any_of(violations_.first.begin(), violations_.first.end(), [&](const Violation& violation) {
      const std::string_view path = violation.path;
      const size_t end = path.find_first_of(".[");
      return path.substr(0, end) == plan.field->name();
    });
  }

  void CheckUnionIsSet(const MessagePlan& plan, const Message& message, const Place* place) {
    if (message.GetReflection()->HasOneof(message, plan.descriptor->oneof_decl(0))) return;
    Add(place,
        Cat("needs one of: ", absl::StrJoin(plan.fields, ", ", [](std::string* out, const FieldPlan& member) {
              out->append(member.field->name());
            })));
  }

  void CheckField(const FieldPlan& plan, const Message& message, const Place* parent) {
    Place place{parent, plan.field->name()};
    if (!IsWritten(plan, message)) {
      if (plan.rules.required()) Add(&place, "is required");
      return;
    }
    for (const FieldPlan* rival : plan.rivals) {
      if (IsWritten(*rival, message)) Add(&place, Cat("excludes ", rival->field->name()));
    }
    const Reflection& reflection = *plan.reflection;
    if (!plan.field->is_repeated()) {
      CheckValue(plan, message, -1, &place);
      return;
    }
    const int size = reflection.FieldSize(message, plan.field);
    for (int i = 0; i < size; ++i) {
      place.index = i;
      CheckValue(plan, message, i, &place);
    }
  }

  void CheckValue(const FieldPlan& plan, const Message& message, int index, const Place* place) {
    const Reflection& reflection = *plan.reflection;
    const FieldDescriptor* field = plan.field;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        CheckMessage(*plan.message,
                     index < 0 ? reflection.GetMessage(message, field)
                               : reflection.GetRepeatedMessage(message, field, index),
                     place);
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        CheckText(plan.rules,
                  index < 0 ? reflection.GetStringReference(message, field, &scratch)
                            : reflection.GetRepeatedStringReference(message, field, index, &scratch),
                  place);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT32:
        CheckNumber(plan.rules,
                    index < 0 ? reflection.GetInt32(message, field)
                              : reflection.GetRepeatedInt32(message, field, index),
                    place);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        CheckNumber(plan.rules,
                    index < 0 ? reflection.GetInt64(message, field)
                              : reflection.GetRepeatedInt64(message, field, index),
                    place);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        CheckFinite(index < 0 ? reflection.GetDouble(message, field)
                              : reflection.GetRepeatedDouble(message, field, index),
                    place);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        CheckFinite(index < 0 ? reflection.GetFloat(message, field)
                              : reflection.GetRepeatedFloat(message, field, index),
                    place);
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = index < 0 ? reflection.GetEnumValue(message, field)
                                     : reflection.GetRepeatedEnumValue(message, field, index);
        if (!plan.enumeration->text_of.contains(number)) Add(place, "has to be a known value");
        break;
      }
      default:
        break;
    }
  }

  void CheckText(const rest::v1::FieldRules& rules, const std::string& text, const Place* place) {
    const bool needs_text = rules.required() || rules.min_length() > 0 || !rules.header().empty();
    if (text.empty() && needs_text) return Add(place, "must not be empty");
    if (!HasShape(text, rules.shape())) {
      return Add(place, Cat("has to be ", DescribeShape(rules.shape())));
    }
    if (!rules.header().empty() && !IsVisibleAscii(text)) {
      return Add(place, Cat("has to be ", DescribeShape(rest::v1::SHAPE_VISIBLE_ASCII)));
    }
    if (rules.min_length() == 0 && rules.max_length() == 0) return;
    const size_t length = CountCodePoints(text);
    if (length < rules.min_length()) {
      Add(place, Cat("has to be at least ", rules.min_length(), " characters long, is ", length));
    }
    if (rules.max_length() > 0 && length > rules.max_length()) {
      Add(place, Cat("has to be at most ", rules.max_length(), " characters long, is ", length));
    }
  }

  void CheckNumber(const rest::v1::FieldRules& rules, int64_t number, const Place* place) {
    if (rules.has_minimum() && number < rules.minimum()) {
      Add(place, Cat("has to be at least ", rules.minimum(), ", is ", number));
    }
    if (rules.has_maximum() && number > rules.maximum()) {
      Add(place, Cat("has to be at most ", rules.maximum(), ", is ", number));
    }
  }

  // JSON has no infinities; everything else in a Struct is plain JSON.
  void CheckFinite(double number, const Place* place) {
    if (!std::isfinite(number)) Add(place, "holds a number that JSON cannot carry");
  }

  void CheckFinite(const Message& message, const Place* place) {
    if (const auto* object = dynamic_cast<const google::protobuf::Struct*>(&message)) {
      for (const auto& [key, value] : object->fields()) CheckFinite(value, place);
    } else if (const auto* list = dynamic_cast<const google::protobuf::ListValue*>(&message)) {
      for (const auto& value : list->values()) CheckFinite(value, place);
    } else if (const auto* value = dynamic_cast<const google::protobuf::Value*>(&message)) {
      if (value->has_number_value()) CheckFinite(value->number_value(), place);
      if (value->has_struct_value()) CheckFinite(value->struct_value(), place);
      if (value->has_list_value()) CheckFinite(value->list_value(), place);
    }
  }

  Violations& violations_;
};

}  // namespace

Violations Validate(const Route& route, const Message& request) {
  Violations violations;
  Walk walk(violations);
  walk.CheckMessage(*route.request, request, nullptr);
  for (const PathPart& part : route.path) {
    if (part.field != nullptr) walk.CheckSegment(*part.field, request);
  }
  for (const FieldPlan* plan : route.query) walk.CheckQuery(*plan, request);
  return violations;
}

}  // namespace blooio::gateway
