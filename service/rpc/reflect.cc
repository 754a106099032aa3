#include "service/rpc/reflect.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/grpcpp.h>

#include "absl/container/flat_hash_set.h"

namespace blooio::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

const FileDescriptor* FileOf(const FieldDescriptor* field) {
  return field == nullptr ? nullptr : field->file();
}

// The file that is asked for; null when there is none.
const FileDescriptor* Find(const DescriptorPool& pool, const ServerReflectionRequest& question) {
  switch (question.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      return pool.FindFileByName(question.file_by_filename());
    case ServerReflectionRequest::kFileContainingSymbol:
      return pool.FindFileContainingSymbol(question.file_containing_symbol());
    case ServerReflectionRequest::kFileContainingExtension: {
      const auto& extension = question.file_containing_extension();
      const Descriptor* extended = pool.FindMessageTypeByName(extension.containing_type());
      if (extended == nullptr) return nullptr;
      return FileOf(pool.FindExtensionByNumber(extended, extension.extension_number()));
    }
    default:
      return nullptr;
  }
}

void Refuse(grpc::StatusCode code, const char* why, ServerReflectionResponse& answer) {
  answer.mutable_error_response()->set_error_code(code);
  answer.mutable_error_response()->set_error_message(why);
}

// With what it imports, itself first.
void Tell(const FileDescriptor& file, absl::flat_hash_set<const FileDescriptor*>& told,
          ServerReflectionResponse& answer) {
  if (!told.insert(&file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  proto.SerializeToString(answer.mutable_file_descriptor_response()->add_file_descriptor_proto());
  for (int i = 0; i < file.dependency_count(); ++i) Tell(*file.dependency(i), told, answer);
}

}  // namespace

ServerReflectionResponse Reflect(const ServerReflectionRequest& question,
                                 const std::vector<std::string>& services) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  ServerReflectionResponse answer;
  answer.set_valid_host(question.host());
  *answer.mutable_original_request() = question;
  switch (question.message_request_case()) {
    case ServerReflectionRequest::kListServices:
      for (const std::string& name : services) {
        answer.mutable_list_services_response()->add_service()->set_name(name);
      }
      break;
    case ServerReflectionRequest::kAllExtensionNumbersOfType: {
      const Descriptor* type = pool.FindMessageTypeByName(question.all_extension_numbers_of_type());
      if (type == nullptr) {
        Refuse(grpc::StatusCode::NOT_FOUND, "Type not found.", answer);
        break;
      }
      std::vector<const FieldDescriptor*> extensions;
      pool.FindAllExtensions(type, &extensions);
      auto& numbers = *answer.mutable_all_extension_numbers_response();
      numbers.set_base_type_name(type->full_name());
      for (const FieldDescriptor* extension : extensions) numbers.add_extension_number(extension->number());
      break;
    }
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      Refuse(grpc::StatusCode::INVALID_ARGUMENT, "Nothing is asked.", answer);
      break;
    default:
      const FileDescriptor* file = Find(pool, question);
      if (file == nullptr) {
        Refuse(grpc::StatusCode::NOT_FOUND, "No such file, symbol or extension is served.", answer);
        break;
      }
      absl::flat_hash_set<const FileDescriptor*> told;
      Tell(*file, told, answer);
  }
  return answer;
}

}  // namespace blooio::gateway
