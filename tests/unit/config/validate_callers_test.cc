#include "service/config/validate_callers.h"

#include <gmock/gmock.h>

#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "service/config/config.h"

namespace blooio::gateway {
namespace {

// A caller with every kind of credential and grant.
v1::GatewayConfig Full() {
  // What is linked exists.
  (void)v2::SendMessageRequest::descriptor();
  (void)v4::ListGroupsRequest::descriptor();
  v1::GatewayConfig config = LocalConfig();
  config.mutable_server()->mutable_tls()->set_client_ca_file("ca.pem");
  config.mutable_service_account_tokens()->set_issuer("https://cluster");
  v1::CallerConfig& caller = *config.add_callers();
  caller.set_name("billing");
  caller.add_token_sha256(std::string(64, 'a'));
  caller.add_token_sha256(std::string(63, 'F') + "0");
  caller.add_spiffe_ids("spiffe://corp/ns/billing/sa/default");
  caller.add_dns_names("billing.corp.example");
  caller.add_service_accounts("system:serviceaccount:billing:default");
  caller.add_accounts("main");
  for (const char* method :
       {"*", "reads", "blooio.v2.MessagesService/*", "blooio.v4.GroupsService/ListGroups"}) {
    caller.add_methods(method);
  }
  caller.add_senders("+15551234567");
  caller.add_channels("ch_1");
  return config;
}

struct Row {
  std::string name;
  std::function<void(v1::GatewayConfig&, v1::CallerConfig&)> change;
  std::string mistakes;
};

const std::vector<Row> kRows = {
    {"right as it is", [](auto&, auto&) {}, ""},
    {"one credential is enough",
     [](auto&, auto& c) {
       c.clear_token_sha256();
       c.clear_spiffe_ids();
       c.clear_dns_names();
     },
     ""},
    {"no credential",
     [](auto&, auto& c) {
       c.clear_token_sha256();
       c.clear_spiffe_ids();
       c.clear_dns_names();
       c.clear_service_accounts();
     },
     "callers[0]: has no credential; give it token_sha256, spiffe_ids, dns_names or service_accounts"},
    {"no name", [](auto&, auto& c) { c.set_name(""); }, std::string("callers[0].name: ") + kNameRule},
    {"reserved name", [](auto&, auto& c) { c.set_name("anonymous"); },
     "callers[0].name: is the name of callers without a credential; choose another"},
    {"a token in place of its digest", [](auto&, auto& c) { c.set_token_sha256(0, "s3cr3t-t0ken"); },
     "callers[0].token_sha256[0]: has to be the 64 hex digits of a token's SHA-256"},
    {"the digest of nothing",
     [](auto&, auto& c) {
       c.set_token_sha256(0, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
     },
     "callers[0].token_sha256[0]: is the digest of an empty token"},
    {"the same digest twice", [](auto&, auto& c) { c.set_token_sha256(1, std::string(64, 'A')); },
     "callers[0].token_sha256[1]: is the same credential as callers[0].token_sha256[0]"},
    {"another caller's certificate",
     [](auto& config, auto&) {
       v1::CallerConfig second = config.callers(0);
       second.set_name("billing2");
       second.clear_token_sha256();
       second.clear_dns_names();
       second.clear_service_accounts();
       *config.add_callers() = second;
     },
     "callers[1].spiffe_ids[0]: is the same credential as callers[0].spiffe_ids[0]"},
    {"the same name twice",
     [](auto& config, auto&) {
       v1::CallerConfig& second = *config.add_callers();
       second.set_name("billing");
       second.add_token_sha256(std::string(64, 'b'));
     },
     "callers[1].name: is the same name as callers[0].name"},
    {"no SPIFFE id", [](auto&, auto& c) { c.set_spiffe_ids(0, "spiffe:///ns"); },
     "callers[0].spiffe_ids[0]: has to be a SPIFFE id: spiffe://domain/path"},
    {"wildcard", [](auto&, auto& c) { c.set_dns_names(0, "*.corp.example"); },
     "callers[0].dns_names[0]: has to be a DNS name, without wildcards"},
    {"service account without namespace",
     [](auto&, auto& c) { c.set_service_accounts(0, "billing:default"); },
     "callers[0].service_accounts[0]: has to be system:serviceaccount:<namespace>:<name>, in lower case"},
    {"service account that no token can name",
     [](auto&, auto& c) { c.set_service_accounts(0, "system:serviceaccount:Billing:default_1"); },
     "callers[0].service_accounts[0]: has to be system:serviceaccount:<namespace>:<name>, in lower case"},
    {"certificates nobody asks for",
     [](auto& config, auto&) { config.mutable_server()->mutable_tls()->clear_client_ca_file(); },
     "callers[0]: is known by certificates, so server.tls.client_ca_file has to be given"},
    {"service accounts nobody verifies", [](auto& config, auto&) { config.clear_service_account_tokens(); },
     "callers[0].service_accounts: need the section service_account_tokens"},
    {"unknown account", [](auto&, auto& c) { c.set_accounts(0, "eu"); },
     "callers[0].accounts[0]: names no account of this file"},
    {"account twice", [](auto&, auto& c) { c.add_accounts("main"); },
     "callers[0].accounts[1]: is given twice"},
    {"sender", [](auto&, auto& c) { c.set_senders(0, "5551234567"); },
     "callers[0].senders[0]: has to be a phone number such as +15551234567"},
    {"channel", [](auto&, auto& c) { c.set_channels(0, "ch 1"); },
     "callers[0].channels[0]: has to be a channel's id"},
};

TEST(ValidateCallers, NamesEachMistake) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    v1::GatewayConfig config = Full();
    row.change(config, *config.mutable_callers(0));
    ConfigErrors errors("g.yaml");
    ValidateCallers(config, &errors);
    EXPECT_EQ(errors.ToStatus().message(), row.mistakes.empty() ? "" : "g.yaml: " + row.mistakes);
  }
}

TEST(ValidateCallers, MethodsHaveToExist) {
  for (const char* method : {"", "/", "/*", "read", "blooio.v2.MessagesService", "blooio.v2.MessagesService/",
                             "blooio.v2.MessagesService/Send", "blooio.v9.MessagesService/*",
                             "blooio.v2.MessagesService/SendMessage ", "blooio.v2/*",
                             "grpc.health.v1.Health/*", "/blooio.v2.MessagesService/SendMessage"}) {
    SCOPED_TRACE(method);
    v1::GatewayConfig config = Full();
    config.mutable_callers(0)->set_methods(1, method);
    ConfigErrors errors("g.yaml");
    ValidateCallers(config, &errors);
    EXPECT_TRUE(
        absl::StrContains(errors.ToStatus().message(), "callers[0].methods[1]: is no method of this gateway"))
        << errors.ToStatus();
  }
}

TEST(ValidateCallers, MistakesQuoteNoSecret) {
  v1::GatewayConfig config = Full();
  config.mutable_callers(0)->set_token_sha256(0, "s3cr3t-t0ken");
  config.mutable_callers(0)->set_spiffe_ids(0, "s3cr3t-t0ken");
  config.mutable_callers(0)->set_methods(0, "s3cr3t-t0ken");
  ConfigErrors errors("g.yaml");
  ValidateCallers(config, &errors);
  EXPECT_FALSE(absl::StrContains(errors.ToStatus().message(), "s3cr3t")) << errors.ToStatus();
}

}  // namespace
}  // namespace blooio::gateway
