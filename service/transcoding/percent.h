// Percent-encoding of path segments and query values (RFC 3986): only
// A-Z a-z 0-9 - . _ ~ stay as they are. A security property: an id of "a/b?c"
// has to reach the upstream as "a%2Fb%3Fc".
#pragma once

#include <string>
#include <string_view>

namespace blooio::gateway {

void AppendPercentEncoded(std::string_view text, std::string& out);

}  // namespace blooio::gateway
