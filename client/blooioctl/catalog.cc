#include "client/blooioctl/catalog.h"

#include <google/protobuf/descriptor.pb.h>

#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Cat;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

using Names = std::set<std::string>;

std::vector<std::string> Sorted(const Names& names) { return {names.begin(), names.end()}; }

void AddMethods(const ServiceDescriptor& service, Names& names) {
  for (int i = 0; i < service.method_count(); ++i) names.insert(service.method(i)->full_name());
}

void AddMessage(const Descriptor& message, Names& names) {
  if (message.options().map_entry()) return;
  names.insert(message.full_name());
  for (int i = 0; i < message.enum_type_count(); ++i) names.insert(message.enum_type(i)->full_name());
  for (int i = 0; i < message.nested_type_count(); ++i) AddMessage(*message.nested_type(i), names);
}

void AddFile(const FileDescriptor& file, std::set<const FileDescriptor*>& seen, Names& names) {
  if (!seen.insert(&file).second) return;
  for (int i = 0; i < file.enum_type_count(); ++i) names.insert(file.enum_type(i)->full_name());
  for (int i = 0; i < file.message_type_count(); ++i) AddMessage(*file.message_type(i), names);
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), seen, names);
}

}  // namespace

std::vector<std::string> MethodNames(const DescriptorPool& pool, absl::Span<const std::string> services) {
  Names names;
  for (const std::string& name : services) {
    if (const ServiceDescriptor* service = pool.FindServiceByName(name)) AddMethods(*service, names);
  }
  return Sorted(names);
}

std::vector<std::string> SymbolNames(const DescriptorPool& pool, absl::Span<const std::string> services) {
  Names names;
  std::set<const FileDescriptor*> seen;
  for (const std::string& name : services) {
    const ServiceDescriptor* service = pool.FindServiceByName(name);
    if (service == nullptr) continue;
    names.insert(service->full_name());
    AddMethods(*service, names);
    AddFile(*service->file(), seen, names);
  }
  return Sorted(names);
}

absl::StatusOr<std::string> MatchName(std::string_view wanted, absl::Span<const std::string> names) {
  const std::string suffix = Cat(".", wanted);
  std::vector<std::string> candidates;
  for (const std::string& name : names) {
    if (name == wanted) return name;
    if (name.ends_with(suffix)) candidates.push_back(name);
  }
  if (candidates.size() == 1) return candidates.front();
  if (candidates.empty()) {
    return absl::InvalidArgumentError(
        Cat("the gateway knows no `", wanted, "`; `blooioctl list` shows what it offers"));
  }
  return absl::InvalidArgumentError(
      Cat("`", wanted, "` may mean any of these:\n  ", absl::StrJoin(candidates, "\n  ")));
}

std::string DottedName(std::string_view method) {
  if (method.starts_with('/')) method.remove_prefix(1);
  return absl::StrReplaceAll(gateway::Piece(method), {{"/", "."}});
}

std::string MethodPath(std::string_view dotted) {
  const size_t dot = dotted.rfind('.');
  if (dot == std::string_view::npos) return std::string(dotted);
  return Cat(dotted.substr(0, dot), "/", dotted.substr(dot + 1));
}

std::optional<std::string> ProtoText(const DescriptorPool& pool, const std::string& name) {
  if (const auto* service = pool.FindServiceByName(name)) return service->DebugString();
  if (const auto* method = pool.FindMethodByName(name)) return method->DebugString();
  if (const auto* message = pool.FindMessageTypeByName(name)) return message->DebugString();
  if (const auto* type = pool.FindEnumTypeByName(name)) return type->DebugString();
  if (const auto* field = pool.FindFieldByName(name)) return field->DebugString();
  return std::nullopt;
}

}  // namespace blooio::client
