// Reads an API key from its file: the only place where key material enters the
// process.
//
//   absl::StatusOr<SecretString> key = ReadKeyFile("/etc/blooio/keys/main");
//   if (!key.ok()) return key.status();
//   // key file /etc/blooio/keys/main: is empty; write the API key into it
//
// No error tells anything of a file's content, and no buffer keeps a copy of it.
// Thread-safety: a free function without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/base/secret_string.h"

namespace blooio::gateway {

// Longest key, bytes.
inline constexpr size_t kMaxKeyBytes = 4096;

// The public key of the local sandbox. It stands in for the file of an account
// whose `api_key_file` is empty, which only LocalConfig() has.
inline constexpr std::string_view kSandboxKey = "bl_sandbox_local";

// Reads the key that is the whole content of the file at `path`, but for one
// trailing "\n" or "\r\n".
//
// Errors, each one sentence that names the path and what to do: the file cannot
// be opened or read (kNotFound, kPermissionDenied, ... after errno); it is no
// regular file (kFailedPrecondition), since a key is read again when its file
// changes; it is empty, longer than kMaxKeyBytes, or has other characters than
// visible ASCII, which no HTTP header could carry (kInvalidArgument).
absl::StatusOr<SecretString> ReadKeyFile(const std::string& path);

}  // namespace blooio::gateway
