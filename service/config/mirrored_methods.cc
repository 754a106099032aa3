#include "service/config/mirrored_methods.h"

#include <google/protobuf/descriptor.h>

#include <string>

#include "blooio/rest/v1/annotations.pb.h"

namespace blooio::gateway {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;

const ServiceDescriptor* FindService(std::string_view name) {
  const ServiceDescriptor* service = DescriptorPool::generated_pool()->FindServiceByName(std::string(name));
  return service != nullptr && service->options().HasExtension(rest::v1::service) ? service : nullptr;
}

}  // namespace

bool IsMirroredService(std::string_view name) { return FindService(name) != nullptr; }

bool IsMirroredMethod(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return false;
  const ServiceDescriptor* service = FindService(name.substr(0, slash));
  return service != nullptr && service->FindMethodByName(std::string(name.substr(slash + 1))) != nullptr;
}

}  // namespace blooio::gateway
