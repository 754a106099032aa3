#include "service/server/state_builder.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "service/config/duration_text.h"
#include "service/credentials/key_digest.h"
#include "service/credentials/key_file.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

// LocalConfig names no file: the local sandbox has a key that everybody knows.
absl::StatusOr<SecretString> ReadAccountKey(const v1::AccountConfig& config) {
  if (config.api_key_file().empty()) return SecretString(std::string(kSandboxKey));
  return ReadKeyFile(config.api_key_file());
}

absl::StatusOr<Account> BuildAccount(const v1::AccountConfig& config) {
  absl::StatusOr<SecretString> key = ReadAccountKey(config);
  if (!key.ok()) return key.status();
  auto shared = std::make_shared<const SecretString>(*std::move(key));
  Log(LogLevel::kInfo, "key_loaded", {{"account", config.name()}, {"fingerprint", Fingerprint(*shared)}});
  Account account;
  account.name = config.name();
  account.v2 = std::make_shared<const Endpoint>(Endpoint{config.v2().base_url(), shared});
  account.v4 = std::make_shared<const Endpoint>(Endpoint{config.v4().base_url(), shared});
  account.v2_headers_into_body = config.v2().from_number_in_body();
  return account;
}

// One entry for each caller of the configuration, and one for anonymous calls.
std::vector<Grants> ReadGrants(const v1::GatewayConfig& config) {
  std::map<std::string, size_t> places;
  for (const v1::AccountConfig& account : config.accounts()) places.emplace(account.name(), places.size());
  std::vector<Grants> all;
  for (const v1::CallerConfig& caller : config.callers()) {
    Grants grants;
    for (const std::string& account : caller.accounts()) {
      grants.accounts.emplace_back(account, places.at(account));
    }
    grants.methods.assign(caller.methods().begin(), caller.methods().end());
    grants.senders.assign(caller.senders().begin(), caller.senders().end());
    grants.channels.assign(caller.channels().begin(), caller.channels().end());
    grants.max_recipients = static_cast<size_t>(caller.max_recipients());
    grants.shadow = caller.shadow();
    all.push_back(std::move(grants));
  }
  all.push_back({.accounts = {{config.accounts(0).name(), 0}}, .methods = {"*"}});
  return all;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PipelineState>> StateBuilder::Build(const v1::GatewayConfig& config) {
  auto state = std::make_shared<PipelineState>();
  state->default_deadline = ToDuration(config.upstream().default_deadline());
  state->max_deadline = ToDuration(config.upstream().max_deadline());
  for (const v1::AccountConfig& account : config.accounts()) {
    absl::StatusOr<Account> built = BuildAccount(account);
    if (!built.ok()) return built.status();
    state->accounts.push_back(*std::move(built));
  }
  state->policy = Policy(ReadGrants(config));
  state->identifier = Identifier(config.anonymous().enabled());
  return state;
}

}  // namespace blooio::gateway
