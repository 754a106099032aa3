// JSON of a credential, read without leniency: two readers must not understand
// it differently.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace blooio::gateway {

// The object that `text` is, or nothing: not JSON, not an object, ill-formed
// UTF-8, a name twice in one object (RFC 7515, section 4), nested deeper than 16
// levels, or anything after it. The caller bounds its size.
std::optional<nlohmann::json> ParseStrictObject(std::string_view text);

// The string of that name; null when there is none or it is no string.
const std::string* StringMember(const nlohmann::json& object, const char* name);

}  // namespace blooio::gateway
