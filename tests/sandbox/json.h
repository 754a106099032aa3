// The JSON type of the sandbox: keys stay in the order in which they were
// written, so answers read like the documentation's examples.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace blooio::sandbox {

using Json = nlohmann::ordered_json;

// Discarded for a text that is not JSON, has more than 10,000 keys or is nested
// deeper than 100 levels: keeping the order costs time that is quadratic in an
// object's keys, and writing costs stack for every level.
Json ParseJson(std::string_view text);

}  // namespace blooio::sandbox
