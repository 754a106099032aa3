// Base64url without padding, as JSON Web Tokens write bytes (RFC 7515, section
// 2; RFC 4648, section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace blooio::gateway {

// The bytes that `text` stands for. Strict: nothing but the alphabet, no
// padding, no length that no bytes have, and no stray bits at the end, so that
// no two texts stand for the same bytes.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace blooio::gateway
