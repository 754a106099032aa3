// Ids as the API mints them: a prefix and something that cannot be guessed.
//
// Threads: safe from any.
#pragma once

#include <string>
#include <string_view>

namespace blooio::sandbox {

// `prefix` followed by 20 letters and digits, such as "grp_7Qd0...".
std::string NewId(std::string_view prefix);

// `count` random bytes.
std::string RandomBytes(size_t count);

}  // namespace blooio::sandbox
