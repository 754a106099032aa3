// What the transcoder knows of messages, compiled once at start-up from their
// descriptors and the options of blooio.rest.v1. Plans are immutable and shared
// by all threads; a PlanRegistry owns them and has to outlive every user.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "blooio/rest/v1/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace blooio::gateway {

// Between a JSON text and an enum's number: the value's name without the enum's
// prefix, in lower case (CHANNEL_TYPE_WHATSAPP_BUSINESS = "whatsapp_business").
struct EnumPlan {
  absl::flat_hash_map<std::string, int> number_of;
  absl::flat_hash_map<int, std::string> text_of;
};

struct MessagePlan;

struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  // Of the message that holds the field: asking each message costs a lock's check.
  const google::protobuf::Reflection* reflection = nullptr;
  rest::v1::FieldRules rules;
  // The key, and the same as it stands in a JSON object: "\"key\":".
  std::string json_key;
  std::string json_prefix;
  // Set for fields of message and enum type.
  const MessagePlan* message = nullptr;
  const EnumPlan* enumeration = nullptr;
  // The fields before this one that have the same key, and so exclude it.
  std::vector<const FieldPlan*> rivals;
  // No other field has its key.
  bool alone = false;
};

struct MessagePlan {
  enum class Kind {
    kOrdinary,
    kUntaggedUnion,
    kTaggedUnion,
    kStruct,     // google.protobuf.Struct: any JSON object
    kValue,      // google.protobuf.Value: any JSON value
    kListValue,  // google.protobuf.ListValue: any JSON array
  };

  // The field for a key and a kind of value; of two fields that share a key
  // (text and texts), the repeated one takes lists. Null when there is none.
  const FieldPlan* Find(std::string_view key, bool list) const;
  // The same, and quicker when it is fields[guess].
  const FieldPlan* Find(std::string_view key, bool list, size_t guess) const;
  const FieldPlan* FindByName(std::string_view proto_name) const;
  // For a path or a list in place of a union: the repeated text field of a
  // message that has no other field, or null.
  const FieldPlan* OnlyTextList() const;

  const google::protobuf::Descriptor* descriptor = nullptr;
  Kind kind = Kind::kOrdinary;
  // For a tagged union: the key that names the member, such as "type".
  std::string tag_key;
  // In the order of the proto file, which is the order in JSON.
  std::vector<FieldPlan> fields;
  absl::flat_hash_map<std::string, std::vector<const FieldPlan*>> by_key;
};

class PlanRegistry {
 public:
  // The plan of a message and all it reaches. Fails when a proto breaks the
  // rules of annotations.proto: a mistake of the proto's author.
  absl::Status Compile(const google::protobuf::Descriptor* descriptor, const MessagePlan** plan);

 private:
  absl::Status CompileFields(MessagePlan* plan);
  absl::Status CompileField(const google::protobuf::FieldDescriptor* field, FieldPlan* plan);
  absl::Status CompileEnum(const google::protobuf::EnumDescriptor* descriptor, const EnumPlan** plan);

  struct Entry {
    MessagePlan plan;
    absl::Status status;
  };
  absl::flat_hash_map<const google::protobuf::Descriptor*, std::unique_ptr<Entry>> messages_;
  absl::flat_hash_map<const google::protobuf::EnumDescriptor*, std::unique_ptr<EnumPlan>> enums_;
};

}  // namespace blooio::gateway
