// Parses a text that has to be one YAML document: the edge to yaml-cpp, whose
// exceptions end here.
//
//   std::optional<YAML::Node> root = ParseYaml(text, &errors);
//   if (!root) return errors.ToStatus();
//   // gateway.yaml:6: is not valid YAML: end of sequence flow not found
//
// Thread-safety: free functions without state.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "service/config/config_errors.h"

namespace blooio::gateway {

inline constexpr size_t kMaxYamlBytes = 1 << 20;

// The root; a null node for a text without any value. Adds a mistake and returns
// nothing for a text that is too long, does not parse, or has more than one
// document.
std::optional<YAML::Node> ParseYaml(std::string_view text, ConfigErrors* errors);

// Line of a mark, from 1; 1 for a node that does not stand in the text.
int LineOf(const YAML::Mark& mark);

}  // namespace blooio::gateway
