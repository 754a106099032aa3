// The JSON type of the sandbox: keys stay in the order in which they were
// written, so answers read like the documentation's examples.
#pragma once

#include <nlohmann/json.hpp>

namespace blooio::sandbox {

using Json = nlohmann::ordered_json;

}  // namespace blooio::sandbox
