// The control API below /__sandbox/: for tests and demos, without a key, not
// journaled, never faulted. README.md documents it.
//
// Threads: one at a time.
#pragma once

#include <string_view>

#include "tests/sandbox/http_message.h"

namespace blooio::sandbox {

class Sandbox;

inline constexpr std::string_view kControlPrefix = "/__sandbox/";

// Errors are {"error": <sentence>} with 400, 404 or 405.
HttpResponse HandleControl(const HttpRequest& request, Sandbox& sandbox);

}  // namespace blooio::sandbox
