// Reads the key that recipients are hashed under in the log
// (telemetry/recipient_hash.h).
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "service/base/secret_string.h"

namespace blooio::gateway {

inline constexpr size_t kLeastRecipientKeyBytes = 32;
inline constexpr size_t kMostRecipientKeyBytes = 4096;

// The whole content of the file at `path`, whatever its bytes; a random key for
// an empty path. Errors are one sentence with the path and what to do.
absl::StatusOr<SecretString> ReadRecipientKey(const std::string& path);

}  // namespace blooio::gateway
