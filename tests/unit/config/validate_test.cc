#include "service/config/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "service/config/config.h"

namespace blooio::gateway {
namespace {

std::string MistakesOf(const v1::GatewayConfig& config) {
  ConfigErrors errors("g.yaml");
  ValidateConfig(config, &errors);
  return std::string(errors.ToStatus().message());
}

void AddCaller(v1::GatewayConfig& config) {
  v1::CallerConfig& caller = *config.add_callers();
  caller.set_priority("normal");
  caller.set_name("billing");
  caller.add_token_sha256(std::string(64, 'a'));
  caller.add_accounts("main");
  caller.add_methods("*");
}

struct ValidCase {
  std::string name;
  std::function<void(v1::GatewayConfig&)> change;
};

class ValidTest : public testing::TestWithParam<ValidCase> {};

TEST_P(ValidTest, HasNoMistake) {
  v1::GatewayConfig config = LocalConfig();
  GetParam().change(config);
  EXPECT_EQ(MistakesOf(config), "");
}

INSTANTIATE_TEST_SUITE_P(
    Configs, ValidTest,
    testing::Values(
        ValidCase{"Local", [](auto&) {}},  //
        ValidCase{"UnixSocket", [](auto& c) { c.mutable_server()->set_listen("unix:/run/g.sock"); }},
        ValidCase{"CleartextAllowed",
                  [](auto& c) {
                    c.mutable_server()->set_listen("0.0.0.0:50051");
                    c.mutable_server()->set_allow_cleartext(true);
                    c.mutable_anonymous()->set_enabled(false);
                    AddCaller(c);
                  }},
        ValidCase{"TlsEverywhere",
                  [](auto& c) {
                    c.mutable_server()->set_listen("[::]:50051");
                    c.mutable_server()->mutable_tls();
                    c.mutable_anonymous()->set_enabled(false);
                    AddCaller(c);
                  }},
        ValidCase{"TwoFreePorts",
                  [](auto& c) {
                    c.mutable_server()->set_listen("127.0.0.1:0");
                    c.mutable_admin()->set_listen("127.0.0.1:0");
                  }},
        ValidCase{"TwoAccounts",
                  [](auto& c) {
                    *c.add_accounts() = c.accounts(0);
                    c.mutable_accounts(1)->set_name("a-b_c.9");
                  }},
        ValidCase{"LongestName", [](auto& c) { c.mutable_accounts(0)->set_name(std::string(63, 'a')); }},
        ValidCase{
            "TrailingSlash",
            [](auto& c) { c.mutable_accounts(0)->mutable_v4()->set_base_url("https://api.blooio.com/v4/"); }},
        ValidCase{"EqualDeadlines",
                  [](auto& c) { c.mutable_upstream()->mutable_max_deadline()->set_seconds(30); }},
        ValidCase{"LoopbackProxy",
                  [](auto& c) { c.mutable_upstream()->set_proxy_url("http://127.0.0.1:3128/"); }},
        ValidCase{"ProxyForTls",
                  [](auto& c) {
                    c.mutable_accounts(0)->mutable_v2()->set_base_url("https://api.blooio.com");
                    c.mutable_accounts(0)->mutable_v4()->set_base_url("https://api.blooio.com");
                    c.mutable_upstream()->set_proxy_url("http://proxy.example:3128");
                  }}),
    [](const auto& info) { return info.param.name; });

struct InvalidCase {
  std::string name;
  std::function<void(v1::GatewayConfig&)> change;
  std::string mistakes;
};

class InvalidTest : public testing::TestWithParam<InvalidCase> {};

TEST_P(InvalidTest, NamesEachContradiction) {
  v1::GatewayConfig config = LocalConfig();
  GetParam().change(config);
  EXPECT_EQ(MistakesOf(config), GetParam().mistakes);
}

constexpr char kNotLoopback[] =
    "g.yaml: server.listen: is clear text on an address that is not loopback; set server.allow_cleartext to "
    "allow it";
constexpr char kAnonymousNotLoopback[] =
    "g.yaml: anonymous.enabled: needs server.listen to be a loopback address, because everybody may call";
constexpr char kBadName[] = "g.yaml: accounts[0].name: has to be 1 to 63 of a-z, 0-9, \"-\", \"_\" and \".\"";

void Rename(v1::GatewayConfig& config, const std::string& name) {
  config.mutable_accounts(0)->set_name(name);
}

INSTANTIATE_TEST_SUITE_P(
    Configs, InvalidTest,
    testing::Values(
        InvalidCase{
            "KeyInPlaceOfItsFile",
            [](auto& c) { c.mutable_accounts(0)->set_next_api_key_file("bl_live_0123456789"); },
            "g.yaml: accounts[0].next_api_key_file: looks like a key itself; write the key into a file "
            "and name that here"},
        InvalidCase{"BadListen", [](auto& c) { c.mutable_server()->set_listen("127.0.0.1"); },
                    "g.yaml: server.listen: names no port; write host:port, [v6]:port or unix:/path"},
        InvalidCase{"Cleartext",
                    [](auto& c) {
                      c.mutable_server()->set_listen("0.0.0.0:50051");
                      c.mutable_anonymous()->set_enabled(false);
                      AddCaller(c);
                    },
                    kNotLoopback},
        InvalidCase{"AnonymousEverywhere",
                    [](auto& c) {
                      c.mutable_server()->set_listen("10.0.0.1:50051");
                      c.mutable_server()->set_allow_cleartext(true);
                    },
                    kAnonymousNotLoopback},
        InvalidCase{"Both", [](auto& c) { c.mutable_server()->set_listen("[::]:50051"); },
                    std::string(kAnonymousNotLoopback) + "\n" + kNotLoopback},
        InvalidCase{"Nobody", [](auto& c) { c.mutable_anonymous()->set_enabled(false); },
                    "g.yaml: anonymous.enabled: is false and there are no callers, so nobody could call; add "
                    "callers or "
                    "set it to true"},
        InvalidCase{"SameListeners",
                    [](auto& c) {
                      c.mutable_admin()->set_listen("127.0.0.1:50051");
                      c.mutable_http()->set_listen("127.0.0.1:50051");
                    },
                    "g.yaml: http.listen: is the same address as admin.listen\n"
                    "g.yaml: server.listen: is the same address as admin.listen\n"
                    "g.yaml: server.listen: is the same address as http.listen"},
        InvalidCase{"ProbesOnAUnixSocket",
                    [](auto& c) { c.mutable_http()->set_listen("unix:/run/http.sock"); },
                    "g.yaml: http.listen: cannot be a unix socket; write host:port or [v6]:port"},
        InvalidCase{"OneFileForBothKeys",
                    [](auto& c) {
                      c.mutable_accounts(0)->set_api_key_file("keys/main");
                      c.mutable_accounts(0)->set_next_api_key_file("keys/main");
                    },
                    "g.yaml: accounts[0].next_api_key_file: is the same file as api_key_file"},
        InvalidCase{"EmptyName", [](auto& c) { Rename(c, ""); }, kBadName},
        InvalidCase{"UpperCaseName", [](auto& c) { Rename(c, "Main"); }, kBadName},
        InvalidCase{"NameWithSlash", [](auto& c) { Rename(c, "a/b"); }, kBadName},
        InvalidCase{"NameTooLong", [](auto& c) { Rename(c, std::string(64, 'a')); }, kBadName},
        InvalidCase{"SameName", [](auto& c) { *c.add_accounts() = c.accounts(0); },
                    "g.yaml: accounts[1].name: is the same name as accounts[0].name"},
        InvalidCase{
            "ClearTextKey",
            [](auto& c) {
              c.mutable_accounts(0)->mutable_v2()->set_base_url("http://api.blooio.com/v2/api");
            },
            "g.yaml: accounts[0].v2.base_url: would send the API key in clear text; only loopback hosts may "
            "have http://, use https://"},
        InvalidCase{"BadUrl",
                    [](auto& c) { c.mutable_accounts(0)->mutable_v4()->set_base_url("api.blooio.com"); },
                    "g.yaml: accounts[0].v4.base_url: has to begin with https:// or http://"},
        InvalidCase{"ClearTextThroughProxy",
                    [](auto& c) {
                      c.mutable_accounts(0)->mutable_v4()->set_base_url("https://api.blooio.com");
                      c.mutable_upstream()->set_proxy_url("http://proxy.example:3128");
                    },
                    "g.yaml: accounts[0].v2.base_url: would send the API key in clear text to "
                    "upstream.proxy_url; use "
                    "https:// or no proxy"},
        InvalidCase{"SecureProxy",
                    [](auto& c) { c.mutable_upstream()->set_proxy_url("https://localhost:1"); },
                    "g.yaml: upstream.proxy_url: has to have the form http://host:port"},
        InvalidCase{"ProxyWithPath",
                    [](auto& c) { c.mutable_upstream()->set_proxy_url("http://localhost:1/a"); },
                    "g.yaml: upstream.proxy_url: has to have the form http://host:port"},
        InvalidCase{"ProxyWithPassword",
                    [](auto& c) { c.mutable_upstream()->set_proxy_url("http://a:b@localhost:1"); },
                    "g.yaml: upstream.proxy_url: must not have a user name or a password"},
        InvalidCase{"Deadlines",
                    [](auto& c) { c.mutable_upstream()->mutable_max_deadline()->set_seconds(20); },
                    "g.yaml: upstream.default_deadline: is 30s, but upstream.max_deadline is 20s"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace blooio::gateway
