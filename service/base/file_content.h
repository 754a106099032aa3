// Reads small files whole: configuration, certificates, keys.
//
//   absl::StatusOr<SecretString> key = ReadSecretFile(path, kMaxKeyBytes);
//
// Opening never waits for anything: a pipe without a writer is refused.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "service/base/secret_string.h"

namespace blooio::gateway {

// The content of the regular file at `path`, whose memory is wiped, copies that were
// made on the way included. A longer one than `max_bytes` is cut one byte after that,
// so that the caller can see and refuse it.
//
// Errors, with the path in front: the code of errno when it cannot be read;
// kFailedPrecondition when it is something else, such as a folder or a pipe.
absl::StatusOr<SecretString> ReadSecretFile(const std::string& path, size_t max_bytes);

// The same for what anybody may know.
absl::StatusOr<std::string> ReadFileContent(const std::string& path, size_t max_bytes);

}  // namespace blooio::gateway
