// Feeds any bytes to the response reader as an answer of every route. The first
// byte chooses the route, the rest is the body.
#include <cstdlib>
#include <iostream>

#include "service/base/utf8.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void Require(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "broken: " << what << std::endl;
  std::abort();
}

// Every text in the message and below, keys of maps included.
bool AllTextIsUtf8(const Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      const int index = field->is_repeated() ? i : -1;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        const std::string text = index < 0 ? reflection->GetString(message, field)
                                           : reflection->GetRepeatedString(message, field, index);
        if (!IsValidUtf8(text)) return false;
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        if (!AllTextIsUtf8(index < 0 ? reflection->GetMessage(message, field)
                                     : reflection->GetRepeatedMessage(message, field, index))) {
          return false;
        }
      }
    }
  }
  return true;
}

void Check(const Route& route, std::string_view body) {
  const ReadAnswer read = Read(route, body);
  Require(AllTextIsUtf8(*read.reply), "a text is not UTF-8");
  if (!read.reading.readable) return;
  const std::string bytes = read.reply->SerializeAsString();
  std::unique_ptr<Message> again(read.reply->New());
  Require(again->ParseFromString(bytes), "callers cannot parse the reply");
  Require(again->ByteSizeLong() == bytes.size(), "the reply changes on its way");
  // The same answer always gives the same reply.
  const ReadAnswer twice = Read(route, body);
  Require(twice.reading.readable && twice.reading.drift.of == read.reading.drift.of,
          "reading is not repeatable");
}

}  // namespace
}  // namespace blooio::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using blooio::gateway::AllRoutes;
  if (size == 0) return 0;
  const auto& routes = AllRoutes();
  blooio::gateway::Check(*routes[data[0] % routes.size()],
                         {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
