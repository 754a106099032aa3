// Commands as Redis reads them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "service/redis/script.h"

namespace blooio::gateway {

// Any bytes may be in the words. Leaves no copy of them elsewhere in memory.
std::string CommandText(std::span<const std::string_view> words);

// The call by the script's SHA-1, which Redis answers with NOSCRIPT when it has not
// run it since its start, or with the script itself.
enum class By { kSha1, kText };
std::string CommandText(const ScriptCall& call, By by);

}  // namespace blooio::gateway
