// Reads what the user hands over in a file or on standard input: whole, but
// never more than a bound, whatever is at the other end.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace blooio::client {

// Everything from the descriptor to its end. InvalidArgument, a sentence that
// begins with `name`, when it cannot be read or is longer than `limit` bytes.
absl::StatusOr<std::string> ReadInput(int descriptor, std::string_view name, size_t limit);

// The same of a regular file or a pipe; anything else is refused.
absl::StatusOr<std::string> ReadInputFile(const std::string& path, size_t limit);

}  // namespace blooio::client
