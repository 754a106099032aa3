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

bool IsAnyJson(MessagePlan::Kind kind) {
  using Kind = MessagePlan::Kind;
  return kind == Kind::kStruct || kind == Kind::kValue || kind == Kind::kListValue;
}

// A rule that does not fit its field's type would be silently without effect.
absl::Status CheckRules(const FieldPlan& plan) {
  const rest::v1::FieldRules& rules = plan.rules;
  const auto type = plan.field->cpp_type();
  const bool for_text = rules.shape() != rest::v1::SHAPE_UNSPECIFIED || rules.min_length() > 0 ||
                        rules.max_length() > 0 || rules.idempotency_key() ||
                        rules.meaning() != rest::v1::MEANING_UNSPECIFIED;
  if (for_text && type != FieldDescriptor::CPPTYPE_STRING) {
    return absl::InvalidArgumentError(
        Cat(plan.field->full_name(), ": shape, lengths, keys and meanings are for text"));
  }
  const bool for_integer = rules.has_minimum() || rules.has_maximum();
  if (for_integer && type != FieldDescriptor::CPPTYPE_INT32 && type != FieldDescriptor::CPPTYPE_INT64) {
    return absl::InvalidArgumentError(
        Cat(plan.field->full_name(), ": minimum and maximum are for int32 and int64"));
  }
  return absl::OkStatus();
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
    if (member.message->by_key.contains(plan.tag_key)) {
      return absl::InvalidArgumentError(
          Cat(member.field->full_name(), ": has a field of its own with the key of the tag, ", plan.tag_key));
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

const FieldPlan* MessagePlan::Find(std::string_view key, bool list, size_t guess) const {
  const bool right = guess < fields.size() && fields[guess].alone && fields[guess].json_key == key;
  return right ? &fields[guess] : Find(key, list);
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
  auto [found, inserted] = messages_.try_emplace(descriptor);
  if (inserted) {
    found->second = std::make_unique<Entry>();
    // The map may grow below; the entry itself stays where it is.
    Entry& entry = *found->second;
    entry.plan.descriptor = descriptor;
    entry.plan.kind = KindOf(descriptor);
    entry.plan.tag_key = descriptor->options().GetExtension(rest::v1::message).tagged();
    *plan = &entry.plan;
    return entry.status = CompileFields(&entry.plan);
  }
  *plan = &found->second->plan;
  return found->second->status;
}

absl::Status PlanRegistry::CompileFields(MessagePlan* plan) {
  const Descriptor* descriptor = plan->descriptor;
  if (IsAnyJson(plan->kind)) return absl::OkStatus();
  if (descriptor->file()->package() == "google.protobuf" && descriptor->field_count() > 0) {
    return absl::InvalidArgumentError(
        Cat(descriptor->full_name(),
            ": of the standard messages only Struct, Value, ListValue and Empty have a REST form"));
  }
  const google::protobuf::Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
  if (prototype == nullptr) {
    return absl::InvalidArgumentError(Cat(descriptor->full_name(), ": is not generated code"));
  }
  plan->fields.resize(descriptor->field_count());
  for (int i = 0; i < descriptor->field_count(); ++i) {
    FieldPlan& field = plan->fields[i];
    field.reflection = prototype->GetReflection();
    if (absl::Status status = CompileField(descriptor->field(i), &field); !status.ok()) return status;
    std::vector<const FieldPlan*>& same_key = plan->by_key[field.json_key];
    field.rivals = same_key;
    same_key.push_back(&field);
  }
  for (FieldPlan& field : plan->fields) field.alone = plan->by_key[field.json_key].size() == 1;
  return plan->kind == MessagePlan::Kind::kOrdinary ? absl::OkStatus() : CheckUnion(*plan);
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
  if (absl::Status status = CheckRules(*plan); !status.ok()) return status;
  if (field->enum_type() != nullptr) return CompileEnum(field->enum_type(), &plan->enumeration);
  return field->message_type() == nullptr ? absl::OkStatus() : Compile(field->message_type(), &plan->message);
}

absl::Status PlanRegistry::CompileEnum(const EnumDescriptor* descriptor, const EnumPlan** out) {
  if (auto found = enums_.find(descriptor); found != enums_.end()) {
    *out = found->second.get();
    return absl::OkStatus();
  }
  auto plan = std::make_unique<EnumPlan>();
  const std::string prefix = EnumPrefix(descriptor->name());
  for (int i = 0; i < descriptor->value_count(); ++i) {
    const auto* value = descriptor->value(i);
    if (value->number() == 0) continue;  // _UNSPECIFIED has no text.
    std::string_view name = value->name();
    if (!name.starts_with(prefix)) {
      return absl::InvalidArgumentError(Cat(value->full_name(), ": its name has to begin with ", prefix));
    }
    name.remove_prefix(prefix.size());
    std::string text = absl::AsciiStrToLower(Piece(name));
    plan->number_of[text] = value->number();
    plan->text_of[value->number()] = std::move(text);
  }
  *out = plan.get();
  enums_[descriptor] = std::move(plan);
  return absl::OkStatus();
}

}  // namespace blooio::gateway
