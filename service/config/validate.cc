#include "service/config/validate.h"

#include <map>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/duration_text.h"
#include "service/config/http_url.h"
#include "service/config/listen_address.h"
#include "service/config/validate_callers.h"
#include "service/config/validate_limits.h"

namespace blooio::gateway {
namespace {

std::optional<HttpUrl> CheckUrl(const std::string& text, const std::string& path, ConfigErrors* errors) {
  absl::StatusOr<HttpUrl> url = ParseHttpUrl(text);
  if (url.ok()) return *std::move(url);
  errors->Add(path, std::string(url.status().message()));
  return std::nullopt;
}

void CheckServer(const v1::GatewayConfig& config, const ListenAddress& address, ConfigErrors* errors) {
  if (IsLoopback(address)) return;
  if (config.anonymous().enabled()) {
    errors->Add("anonymous.enabled",
                "needs server.listen to be a loopback address, because everybody may call");
  }
  if (!config.server().has_tls() && !config.server().allow_cleartext()) {
    errors->Add("server.listen",
                "is clear text on an address that is not loopback; set server.allow_cleartext to allow it");
  }
}

void CheckListeners(const v1::GatewayConfig& config, ConfigErrors* errors) {
  std::map<std::string, std::string> listeners = {{"server.listen", config.server().listen()}};
  if (config.has_admin()) listeners["admin.listen"] = config.admin().listen();
  if (config.has_http()) listeners["http.listen"] = config.http().listen();
  std::map<std::string, ListenAddress> seen;
  for (const auto& [path, text] : listeners) {
    absl::StatusOr<ListenAddress> address = ParseListenAddress(text);
    if (!address.ok()) {
      errors->Add(path, std::string(address.status().message()));
      continue;
    }
    if (path == "server.listen") CheckServer(config, *address, errors);
    if (path == "http.listen" && !address->unix_path.empty()) {
      errors->Add(path, "cannot be a unix socket; write host:port or [v6]:port");
    }
    // Port 0 takes another free port each time.
    const bool any_port = address->unix_path.empty() && address->tcp.port == 0;
    for (const auto& [other_path, other] : seen) {
      if (*address == other && !any_port)
        errors->Add(path, absl::StrCat("is the same address as ", other_path));
    }
    seen.emplace(path, *address);
  }
}

void CheckBaseUrl(const std::string& text, const std::string& path, const std::optional<HttpUrl>& proxy,
                  ConfigErrors* errors) {
  const std::optional<HttpUrl> url = CheckUrl(text, path, errors);
  if (!url || url->tls) return;
  if (!IsLoopbackHost(url->address.host)) {
    errors->Add(path,
                "would send the API key in clear text; only loopback hosts may have http://, use https://");
  } else if (proxy && !IsLoopbackHost(proxy->address.host)) {
    errors->Add(path, "would send the API key in clear text to upstream.proxy_url; use https:// or no proxy");
  }
}

// A key pasted where its file belongs would be shown as a path.
void CheckKeyFile(const std::string& file, const std::string& path, ConfigErrors* errors) {
  for (const char* beginning : {"bl_live_", "blo_at_"}) {
    if (absl::StartsWith(file, beginning)) {
      errors->Add(path, "looks like a key itself; write the key into a file and name that here");
    }
  }
}

void CheckAccounts(const v1::GatewayConfig& config, const std::optional<HttpUrl>& proxy,
                   ConfigErrors* errors) {
  std::map<std::string, std::string> seen;
  for (int i = 0; i < config.accounts_size(); ++i) {
    const v1::AccountConfig& account = config.accounts(i);
    const std::string path = absl::StrCat("accounts[", i, "]");
    const std::string name_path = path + ".name";
    if (!IsName(account.name())) {
      errors->Add(name_path, kNameRule);
    } else if (const auto [first, is_new] = seen.emplace(account.name(), name_path); !is_new) {
      errors->Add(name_path, absl::StrCat("is the same name as ", first->second));
    }
    CheckKeyFile(account.api_key_file(), path + ".api_key_file", errors);
    CheckKeyFile(account.next_api_key_file(), path + ".next_api_key_file", errors);
    if (!account.next_api_key_file().empty() && account.next_api_key_file() == account.api_key_file()) {
      errors->Add(path + ".next_api_key_file", "is the same file as api_key_file");
    }
    CheckBaseUrl(account.v2().base_url(), path + ".v2.base_url", proxy, errors);
    CheckBaseUrl(account.v4().base_url(), path + ".v4.base_url", proxy, errors);
  }
}

std::optional<HttpUrl> CheckProxy(const v1::UpstreamConfig& upstream, ConfigErrors* errors) {
  constexpr char kPath[] = "upstream.proxy_url";
  if (upstream.proxy_url().empty()) return std::nullopt;
  std::optional<HttpUrl> proxy = CheckUrl(upstream.proxy_url(), kPath, errors);
  if (proxy && (proxy->tls || !proxy->path.empty()))
    errors->Add(kPath, "has to have the form http://host:port");
  return proxy;
}

void CheckDeadlines(const v1::UpstreamConfig& upstream, ConfigErrors* errors) {
  const absl::Duration usual = ToDuration(upstream.default_deadline());
  const absl::Duration longest = ToDuration(upstream.max_deadline());
  if (usual <= longest) return;
  errors->Add(
      "upstream.default_deadline",
      absl::StrCat("is ", DurationText(usual), ", but upstream.max_deadline is ", DurationText(longest)));
}

}  // namespace

void ValidateConfig(const v1::GatewayConfig& config, ConfigErrors* errors) {
  CheckListeners(config, errors);
  ValidateCallers(config, errors);
  const std::optional<HttpUrl> proxy = CheckProxy(config.upstream(), errors);
  CheckAccounts(config, proxy, errors);
  CheckDeadlines(config.upstream(), errors);
  ValidateLimits(config, errors);
}

}  // namespace blooio::gateway
