// The error bodies of both API versions.
//
// Threads: pure functions.
#pragma once

#include <string_view>

#include "tests/sandbox/http_message.h"

namespace blooio::sandbox {

enum class Version { kV2, kV4 };

// v2 has two shapes on record.
enum class V2Errors {
  // {"error": <message>, "status": <int>}
  kSeed,
  // {"error": "ApiError", "message", "status", "code"?, ...extras}
  kNewer,
};

// `code` may be empty; `extras` stand at top level and only in the newer shape.
HttpResponse V2Error(V2Errors shape, int status, std::string_view message, std::string_view code = "",
                     const Json& extras = Json::object());

// From a route handler: {"error": {"code", "message", "details"}}.
HttpResponse V4Error(int status, std::string_view code, std::string_view message,
                     const Json& details = Json::object());

// From the authentication layer, flat: {"error", "message", "status"}.
HttpResponse V4Unauthorized();

// The same for one request too many: a 429 without a code.
HttpResponse V4TooManyRequests();

}  // namespace blooio::sandbox
