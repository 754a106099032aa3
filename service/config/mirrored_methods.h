// Methods as the configuration names them: "package.Service/Method". One exists
// when its proto is linked and its service mirrors an upstream API.
#pragma once

#include <string_view>

namespace blooio::gateway {

bool IsMirroredMethod(std::string_view name);
// "package.Service".
bool IsMirroredService(std::string_view name);

}  // namespace blooio::gateway
