// The URLs of the configuration: "https://api.blooio.com/v2/api".
//
//   absl::StatusOr<HttpUrl> url = ParseHttpUrl("http://127.0.0.1:4080/v4/");
//   url->address;   // {"127.0.0.1", 4080}
//   url->path;      // "/v4"
//
// Stricter than a browser: nothing is repaired, escaped or guessed. Errors are
// the second half of a sentence about the setting and do not quote the text,
// which may hold a password.
//
// Thread-safety: a free function without state.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "service/config/listen_address.h"

namespace blooio::gateway {

struct HttpUrl {
  // https, not http.
  bool tls = false;
  // The port is that of the scheme if the URL has none.
  HostPort address;
  // Begins with "/" or is empty; never ends with "/".
  std::string path;
};

// Refuses: other schemes, no host, port 0, user or password, query, fragment,
// and characters that would have to be escaped.
absl::StatusOr<HttpUrl> ParseHttpUrl(const std::string& text);

}  // namespace blooio::gateway
