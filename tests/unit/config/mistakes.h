// What the reader says of a configuration text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/config/yaml_reader.h"

namespace blooio::gateway {

// A complete file of three lines, to put the tested ones behind.
inline constexpr char kAccounts[] = "accounts:\n  - name: main\n    api_key_file: keys/main\n";

// The lines of what ReadYaml says of the text.
inline std::vector<std::string> MistakesOf(const std::string& text) {
  v1::GatewayConfig config;
  const absl::Status status = ReadYaml(text, "gateway.yaml", &config);
  if (status.ok()) return {};
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return absl::StrSplit(std::string(status.message()), '\n');
}

}  // namespace blooio::gateway
