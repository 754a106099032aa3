// What the log says of an account, the key it uses and its upstream.
#pragma once

#include <string>

#include "service/credentials/account_keys.h"

namespace blooio::gateway {

void LogKeyNews(const std::string& account, const KeyNews& news);

// `api`: "v2" or "v4". Its circuit has opened, or closed.
void LogCircuit(const std::string& account, const std::string& api, bool open);

}  // namespace blooio::gateway
