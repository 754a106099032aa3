#include "service/config/http_url.h"

#include <algorithm>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

namespace blooio::gateway {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr int kHttpPort = 80;
constexpr int kHttpsPort = 443;

// What RFC 3986 allows in a path.
bool IsPathCharacter(char c) {
  constexpr std::string_view kPunctuation = "-._~!$&'()*+,;=:@/%";
  return absl::ascii_isalnum(c) || kPunctuation.find(c) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<HttpUrl> ParseHttpUrl(const std::string& text) {
  HttpUrl url;
  url.tls = text.starts_with(kHttps);
  if (!url.tls && !text.starts_with(kHttp)) {
    return absl::InvalidArgumentError("has to begin with https:// or http://");
  }
  if (text.find_first_of("?#") != std::string::npos) {
    return absl::InvalidArgumentError("must not have a query or a fragment");
  }
  const std::string rest = text.substr(url.tls ? kHttps.size() : kHttp.size());
  const size_t path_start = std::min(rest.find('/'), rest.size());
  const std::string authority = rest.substr(0, path_start);
  if (authority.find('@') != std::string::npos) {
    return absl::InvalidArgumentError("must not have a user name or a password");
  }
  absl::StatusOr<HostPort> address = ParseHostPort(authority, url.tls ? kHttpsPort : kHttpPort);
  if (!address.ok()) return address.status();
  if (address->port == 0) return absl::InvalidArgumentError("has port 0, which nobody listens on");
  url.address = *std::move(address);
  url.path = rest.substr(path_start);
  if (!std::all_of(url.path.begin(), url.path.end(), IsPathCharacter)) {
    return absl::InvalidArgumentError("has a path with a character that has to be escaped");
  }
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

}  // namespace blooio::gateway
