// Reads YAML into a protobuf message: fields are keys, messages are mappings,
// repeated fields are lists. What else holds of a field stands in its
// ConfigRules.
//
//   v1::GatewayConfig config;
//   absl::Status status = ReadYaml(text, "gateway.yaml", &config);
//   // gateway.yaml:12: accounts[0].v2.base_ur: unknown key; did you mean "base_url"?
//   // gateway.yaml:19: server.threads: is 0, but has to be at least 1
//
// The message begins with its defaults (see defaults.h), and so does every
// section in it. A key without a value is an empty section, and a mistake for
// everything that is no section.
//
// Mistakes: YAML that does not parse; unknown and repeated keys; values of the
// wrong type or out of range; required ones that are missing or empty; ones that
// are not served yet; more than one document; more text (see yaml_document.h),
// depth or values than the bounds below. All are collected, and none quotes a
// text of the file, which may be a secret. Anchors and aliases work; an alias
// counts as the values it stands for, so that a small file cannot become a huge
// message.
//
// Thread-safety: free functions without state.
#pragma once

#include <google/protobuf/message.h>

#include <string_view>

#include "absl/status/status.h"
#include "service/config/config_errors.h"

namespace blooio::gateway {

inline constexpr int kMaxYamlDepth = 32;
inline constexpr int kMaxYamlValues = 100000;

// kInvalidArgument with one line for each mistake; `out` is then half-read.
absl::Status ReadYaml(std::string_view text, std::string_view file_name, google::protobuf::Message* out);

// The same for a caller who has more to check: adds the mistakes to `errors`,
// and the line of everything that is given.
void ReadYaml(std::string_view text, google::protobuf::Message* out, ConfigErrors* errors);

}  // namespace blooio::gateway
