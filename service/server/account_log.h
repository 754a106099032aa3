// What the log says of an account and the key it uses.
#pragma once

#include <string>

#include "service/credentials/account_keys.h"

namespace blooio::gateway {

void LogKeyNews(const std::string& account, const KeyNews& news);

}  // namespace blooio::gateway
