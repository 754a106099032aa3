// The gateway's configuration: one YAML file, read and checked as a whole.
//
//   absl::StatusOr<v1::GatewayConfig> config = LoadConfig("/etc/blooio/gateway.yaml");
//   if (!config.ok()) Fail(config.status().message());   // one line for each mistake
//   Print(ToYaml(*config));                              // --check-config
//
// What comes back can be used as it is: defaults are filled in, paths are
// absolute, base URLs end without "/", and no two settings contradict each
// other. Key files are not opened (see credentials/). What the settings mean
// stands in blooio/gateway/v1/config.proto.
//
// Thread-safety: free functions without state.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "blooio/gateway/v1/config.pb.h"

namespace blooio::gateway {

// Reads the file. A relative path in a "..._file" setting starts at the folder
// of the configuration file.
//
// Errors: the code of errno when the file cannot be read, else kInvalidArgument
// with one sentence a line for each mistake (the first 20), such as
// `gateway.yaml:12: accounts[0].v2.base_ur: unknown key; did you mean "base_url"?`
absl::StatusOr<v1::GatewayConfig> LoadConfig(const std::string& path);

// The configuration without a file, for development: anonymous callers and one
// account, `main`, at the sandbox's default port. Its api_key_file is empty and
// stands for the sandbox's public key (kSandboxKey).
v1::GatewayConfig LocalConfig();

// The effective configuration, as YAML; see WriteYaml. Has no secrets, since a
// configuration has none.
std::string ToYaml(const v1::GatewayConfig& config);

}  // namespace blooio::gateway
