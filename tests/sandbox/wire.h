// Responses as bytes on the wire.
//
// Threads: pure functions.
#pragma once

#include <string>

#include "tests/sandbox/http_message.h"

namespace blooio::sandbox {

// Status line and headers, the empty line included. Content-Length is that of
// the body, except for 204 and 304, which have none.
std::string ResponseHead(const HttpResponse& response, bool keep_alive);

// Whether one of the response's own headers asks to close the connection.
bool AsksToClose(const HttpResponse& response);

}  // namespace blooio::sandbox
