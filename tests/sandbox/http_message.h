// Plain values for one HTTP exchange, as the handlers see it: no sockets, no
// framing. The server adds Content-Length and Connection when it writes.
//
// Threads: values, no shared state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/json.h"

namespace blooio::sandbox {

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};
using Headers = std::vector<Header>;

// A request as it arrived: the target still percent-encoded, the body byte for
// byte (after removal of a chunked framing).
struct HttpRequest {
  std::string verb;
  std::string target;
  Headers headers;
  std::string body;
  // The number of the connection it arrived on, from 1.
  uint64_t connection = 0;
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

// All values of the headers of that name, compared without regard to case.
std::vector<std::string_view> HeaderValues(const Headers& headers, std::string_view name);

// Whether the media type of Content-Type, parameters aside, is application/json.
bool HasJsonContentType(const HttpRequest& request);

// An answer with a JSON body. Ill-formed UTF-8 in texts becomes U+FFFD.
HttpResponse JsonResponse(int status, const Json& body);

// What a proxy in front of the API says: HTML, which no JSON reader accepts.
HttpResponse HtmlResponse(int status, std::string_view title);

// JSON text of a document that may hold ill-formed UTF-8.
std::string Dump(const Json& document);

}  // namespace blooio::sandbox
