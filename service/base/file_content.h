// Reads small files whole: configuration, certificates, key sets. Not for secrets
// (credentials/ reads those, and keeps no copy).
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace blooio::gateway {

// The content of the regular file at `path`. A longer one than `max_bytes` is cut
// soon after that, so that the caller can see and refuse it.
//
// Errors, with the path in front: the code of errno when it cannot be read;
// kFailedPrecondition when it is something else, such as a pipe, which is never
// waited for.
absl::StatusOr<std::string> ReadFileContent(const std::string& path, size_t max_bytes);

}  // namespace blooio::gateway
