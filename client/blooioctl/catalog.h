// What a server's descriptors offer, by name.
#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace blooio::client {

// Full names, dotted and sorted, of the methods of these services. Services of
// which the pool knows no descriptor are left out.
std::vector<std::string> MethodNames(const google::protobuf::DescriptorPool& pool,
                                     absl::Span<const std::string> services);

// Full names, sorted, of the services, their methods, and the messages and
// enums declared in their files and in what those import.
std::vector<std::string> SymbolNames(const google::protobuf::DescriptorPool& pool,
                                     absl::Span<const std::string> services);

// The name that `wanted` means: itself, or the only one that ends in it after a
// dot. InvalidArgument names the candidates when there are several, or says
// that there is none.
absl::StatusOr<std::string> MatchName(std::string_view wanted, absl::Span<const std::string> names);

// "blooio.v4.GroupsService/ListGroups", dotted; and back for a method's name.
std::string DottedName(std::string_view method);
std::string MethodPath(std::string_view dotted);

// The proto text of a service, method, message, enum or field.
std::optional<std::string> ProtoText(const google::protobuf::DescriptorPool& pool, const std::string& name);

}  // namespace blooio::client
