#include "service/transcoding/plan.h"

#include "absl/strings/ascii.h"
#include "service/base/json_text.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// ChannelType -> "CHANNEL_TYPE_".
std::string EnumPrefix(std::string_view name) {
  std::string prefix;
  for (size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && absl::ascii_isupper(name[i]) && !absl::ascii_isupper(name[i - 1])) prefix += '_';
    prefix += absl::ascii_toupper(name[i]);
  }
  return prefix + "_";
}

MessagePlan::Kind KindOf(const Descriptor* descriptor) {
  using Kind = MessagePlan::Kind;
  if (descriptor->full_name() == "google.protobuf.Struct") return Kind::kStruct;
  if (descriptor->full_name() == "google.protobuf.Value") return Kind::kValue;
  if (descriptor->full_name() == "google.protobuf.ListValue") return Kind::kListValue;
  const rest::v1::MessageRules& rules = descriptor->options().GetExtension(rest::v1::message);
  if (rules.untagged()) return Kind::kUntaggedUnion;
  if (!rules.tagged().empty()) return Kind::kTaggedUnion;
  return Kind::kOrdinary;
}

absl::Status CheckUnion(const MessagePlan& plan) {
  const Descriptor* d = plan.descriptor;
  if (d->real_oneof_decl_count() != 1 || d->oneof_decl(0)->field_count() != d->field_count()) {
    return absl::InvalidArgumentError(
        Cat(d->full_name(), ": a union holds exactly one oneof and nothing else"));
  }
  if (plan.kind != MessagePlan::Kind::kTaggedUnion) return absl::OkStatus();
  for (const FieldPlan& member : plan.fields) {
    if (member.message == nullptr || member.message->kind != MessagePlan::Kind::kOrdinary) {
      return absl::InvalidArgumentError(
          Cat(member.field->full_name(), ": a member of a tagged union is an ordinary message"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

const FieldPlan* MessagePlan::Find(std::string_view key, bool list) const {
  auto found = by_key.find(Piece(key));
  if (found == by_key.end()) return nullptr;
  for (const FieldPlan* plan : found->second) {
    if (plan->field->is_repeated() == list) return plan;
  }
  return found->second.front();
}

const FieldPlan* MessagePlan::FindByName(std::string_view proto_name) const {
  for (const FieldPlan& plan : fields) {
    if (plan.field->name() == proto_name) return &plan;
  }
  return nullptr;
}

const FieldPlan* MessagePlan::OnlyTextList() const {
  if (kind != Kind::kOrdinary || fields.size() != 1) return nullptr;
  const FieldDescriptor* field = fields.front().field;
  return field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? &fields.front()
                                                                                      : nullptr;
}

absl::Status PlanRegistry::Compile(const Descriptor* descriptor, const MessagePlan** plan) {
  auto [entry, inserted] = messages_.try_emplace(descriptor);
  if (!inserted) {
    *plan = entry->second.get();
    return absl::OkStatus();
  }
  entry->second = std::make_unique<MessagePlan>();
  // The map may grow below; the plan itself stays where it is.
  MessagePlan* made = entry->second.get();
  made->descriptor = descriptor;
  made->kind = KindOf(descriptor);
  made->tag_key = descriptor->options().GetExtension(rest::v1::message).tagged();
  *plan = made;
  if (made->kind == MessagePlan::Kind::kStruct || made->kind == MessagePlan::Kind::kValue ||
      made->kind == MessagePlan::Kind::kListValue) {
    return absl::OkStatus();
  }
  made->fields.resize(descriptor->field_count());
  for (int i = 0; i < descriptor->field_count(); ++i) {
    FieldPlan& field = made->fields[i];
    if (absl::Status status = CompileField(descriptor->field(i), &field); !status.ok()) return status;
    made->by_key[field.json_key].push_back(&field);
  }
  return made->kind == MessagePlan::Kind::kOrdinary ? absl::OkStatus() : CheckUnion(*made);
}

absl::Status PlanRegistry::CompileField(const FieldDescriptor* field, FieldPlan* plan) {
  if (field->is_map() || field->type() == FieldDescriptor::TYPE_BYTES) {
    return absl::InvalidArgumentError(Cat(field->full_name(), ": maps and bytes have no REST form"));
  }
  plan->field = field;
  plan->rules = field->options().GetExtension(rest::v1::field);
  plan->json_key = plan->rules.json_key().empty() ? field->name() : plan->rules.json_key();
  AppendJsonString(plan->json_key, plan->json_prefix);
  plan->json_prefix += ':';
  if (field->enum_type() != nullptr) plan->enumeration = CompileEnum(field->enum_type());
  return field->message_type() == nullptr ? absl::OkStatus() : Compile(field->message_type(), &plan->message);
}

const EnumPlan* PlanRegistry::CompileEnum(const EnumDescriptor* descriptor) {
  std::unique_ptr<EnumPlan>& plan = enums_[descriptor];
  if (plan != nullptr) return plan.get();
  plan = std::make_unique<EnumPlan>();
  const std::string prefix = EnumPrefix(descriptor->name());
  for (int i = 0; i < descriptor->value_count(); ++i) {
    const auto* value = descriptor->value(i);
    if (value->number() == 0) continue;  // _UNSPECIFIED has no text.
    std::string_view name = value->name();
    if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
    std::string text = absl::AsciiStrToLower(Piece(name));
    plan->number_of[text] = value->number();
    plan->text_of[value->number()] = std::move(text);
  }
  return plan.get();
}

}  // namespace blooio::gateway
