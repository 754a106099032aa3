#include "service/server/state_builder.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "service/base/clock.h"
#include "service/base/text.h"
#include "service/config/duration_text.h"
#include "service/server/account_log.h"
#include "service/server/watched_keys.h"

namespace blooio::gateway {
namespace {

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

absl::StatusOr<std::shared_ptr<AccountKeys>> StateBuilder::KeysOf(const v1::AccountConfig& config) {
  const auto known = keys_.find(config.name());
  if (known != keys_.end() && known->second.current_file == config.api_key_file() &&
      known->second.next_file == config.next_api_key_file()) {
    if (auto keys = known->second.keys.lock()) return keys;
  }
  return OpenKeys(config, files_, telemetry_);
}

std::shared_ptr<Circuit> StateBuilder::CircuitOf(const std::string& account, const char* api,
                                                 const std::string& url, Circuits& circuits) {
  const std::string name = Cat(account, " ", api, " ", url);
  const auto known = circuits_.find(name);
  return circuits[name] =
             known != circuits_.end()
                 ? known->second
                 : std::make_shared<Circuit>(SystemClock(), SystemRandomness(),
                                             [account, api](bool open) { LogCircuit(account, api, open); });
}

absl::StatusOr<Account> StateBuilder::BuildAccount(const v1::AccountConfig& config, Circuits& circuits) {
  absl::StatusOr<std::shared_ptr<AccountKeys>> keys = KeysOf(config);
  if (!keys.ok()) return keys.status();
  Account account;
  account.name = config.name();
  account.v2 = std::make_shared<const Endpoint>(Endpoint{config.v2().base_url()});
  account.v4 = std::make_shared<const Endpoint>(Endpoint{config.v4().base_url()});
  account.v2_headers_into_body = config.v2().from_number_in_body();
  if (breaks_circuits_) {
    account.v2_circuit = CircuitOf(account.name, "v2", account.v2->base_url, circuits);
    account.v4_circuit = CircuitOf(account.name, "v4", account.v4->base_url, circuits);
  }
  account.keys = *std::move(keys);
  account.place = limits_.AccountPlace(account.name);
  account.meter = telemetry_.calls().Account(account.name);
  account.probe =
      std::make_shared<KeyProbe>(account.keys, account.v4, upstream_, SystemClock(), account.meter);
  return account;
}

void StateBuilder::AddCaller(const std::string& name, int weight, PipelineState& state) {
  state.caller_weights.push_back(weight);
  state.caller_meters.push_back(telemetry_.calls().Caller(name));
  state.caller_places.push_back(limits_.CallerPlace(name));
}

absl::StatusOr<StateBuilder::Built> StateBuilder::Build(const v1::GatewayConfig& config) {
  RateLimits limits = limits_.Build(config);
  auto state = std::make_shared<PipelineState>();
  state->default_deadline = ToDuration(config.upstream().default_deadline());
  state->max_deadline = ToDuration(config.upstream().max_deadline());
  breaks_circuits_ = config.upstream().circuit_breaker();
  state->max_attempts = config.upstream().max_attempts();
  std::map<std::string, KnownKeys> keys;
  Circuits circuits;
  for (const v1::AccountConfig& account : config.accounts()) {
    absl::StatusOr<Account> built = BuildAccount(account, circuits);
    if (!built.ok()) return built.status();
    keys[account.name()] = {account.api_key_file(), account.next_api_key_file(), built->keys};
    state->accounts.push_back(*std::move(built));
  }
  for (const v1::CallerConfig& caller : config.callers()) {
    AddCaller(caller.name(), caller.weight(), *state);
  }
  AddCaller("anonymous", 1, *state);
  state->method_terms = limits_.ReadMethodTerms(config);
  state->policy = Policy(ReadGrants(config));
  absl::StatusOr<Identifier> identifier = identities_.Build(config);
  if (!identifier.ok()) return identifier.status();
  state->identifier = *std::move(identifier);
  keys_ = std::move(keys);
  circuits_ = std::move(circuits);
  return Built{std::move(state), std::move(limits), limits_.Names()};
}

}  // namespace blooio::gateway
