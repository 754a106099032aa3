#include "service/config/listen_address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace blooio::gateway {
namespace {

constexpr char kUnixPrefix[] = "unix:";
constexpr size_t kMostPortDigits = 5;
constexpr int kGreatestPort = 65535;
constexpr size_t kLongestHostName = 253;

bool IsAllDigits(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsIpv4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool IsIpv6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool IsHostName(const std::string& host) {
  const std::vector<std::string> labels = absl::StrSplit(host, '.');
  const auto is_label = [](const std::string& label) {
    return !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
      return absl::ascii_isalnum(c) || c == '-' || c == '_';
    });
  };
  return host.size() <= kLongestHostName && std::all_of(labels.begin(), labels.end(), is_label) &&
         !IsAllDigits(labels.back());
}

absl::StatusOr<int> ParsePort(const std::string& text) {
  int port = 0;
  if (!IsAllDigits(text) || text.size() > kMostPortDigits || !absl::SimpleAtoi(text, &port) ||
      port > kGreatestPort) {
    return absl::InvalidArgumentError("has a port that is no number from 0 to 65535");
  }
  return port;
}

absl::StatusOr<ListenAddress> ParseUnixPath(const std::string& path) {
  if (!path.starts_with('/')) {
    return absl::InvalidArgumentError("names no absolute path; write unix:/path");
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("has a path longer than ", sizeof(sockaddr_un::sun_path) - 1, " bytes"));
  }
  ListenAddress address;
  address.unix_path = path;
  return address;
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(const std::string& text, std::optional<int> default_port) {
  const bool bracketed = text.starts_with('[');
  const size_t host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == std::string::npos)
    return absl::InvalidArgumentError("has a \"[\" without \"]\"");
  HostPort result;
  result.host = absl::AsciiStrToLower(bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end));
  if (result.host.empty()) return absl::InvalidArgumentError("names no host");
  if (bracketed ? !IsIpv6(result.host) : !IsIpv4(result.host) && !IsHostName(result.host)) {
    return absl::InvalidArgumentError("names no host that is a name, an IPv4 address or a [v6] address");
  }
  std::string rest = host_end == std::string::npos ? "" : text.substr(host_end + (bracketed ? 1 : 0));
  if (rest.empty()) {
    if (!default_port) return absl::InvalidArgumentError("names no port");
    result.port = *default_port;
    return result;
  }
  if (!rest.starts_with(':'))
    return absl::InvalidArgumentError("has something else than a port behind \"]\"");
  absl::StatusOr<int> port = ParsePort(rest.substr(1));
  if (!port.ok()) return port.status();
  result.port = *port;
  return result;
}

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  if (text.starts_with(kUnixPrefix)) return ParseUnixPath(text.substr(sizeof(kUnixPrefix) - 1));
  absl::StatusOr<HostPort> tcp = ParseHostPort(text);
  if (!tcp.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(tcp.status().message(), "; write host:port, [v6]:port or unix:/path"));
  }
  ListenAddress address;
  address.tcp = *std::move(tcp);
  return address;
}

bool IsLoopbackHost(const std::string& host) {
  in6_addr v6;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return absl::EqualsIgnoreCase(host, "localhost") || (host.starts_with("127.") && IsIpv4(host));
}

bool IsLoopback(const ListenAddress& address) {
  return !address.unix_path.empty() || IsLoopbackHost(address.tcp.host);
}

}  // namespace blooio::gateway
