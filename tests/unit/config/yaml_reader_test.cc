#include "service/config/yaml_reader.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "blooio/gateway/v1/config.pb.h"
#include "tests/unit/config/mistakes.h"

namespace blooio::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(ReadYamlTest, FillsWhatIsGivenOverTheDefaults) {
  v1::GatewayConfig config;
  const absl::Status status = ReadYaml(absl::StrCat(kAccounts, R"(
server: { listen: "[::1]:0", reflection: false, threads: 64, drain_delay: 0s, max_connection_age: 1.5s }
upstream:
  proxy_url: 'http://127.0.0.1:3128'
)"),
                                       "gateway.yaml", &config);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(config.server().listen(), "[::1]:0");
  EXPECT_FALSE(config.server().reflection());
  EXPECT_EQ(config.server().threads(), 64);
  EXPECT_TRUE(config.server().has_drain_delay());
  EXPECT_EQ(config.server().drain_delay().seconds(), 0);
  EXPECT_EQ(config.server().max_connection_age().seconds(), 1);
  EXPECT_EQ(config.server().max_connection_age().nanos(), 500000000);
  EXPECT_EQ(config.server().drain_timeout().seconds(), 30);
  EXPECT_EQ(config.upstream().proxy_url(), "http://127.0.0.1:3128");
  ASSERT_EQ(config.accounts_size(), 1);
  EXPECT_EQ(config.accounts(0).name(), "main");
  EXPECT_EQ(config.accounts(0).v4().base_url(), "https://api.blooio.com/v4");
}

TEST(ReadYamlTest, TakesAnEmptySectionAsGiven) {
  v1::GatewayConfig config;
  ASSERT_TRUE(ReadYaml(absl::StrCat(kAccounts, "server:\nupstream: {}\n"), "gateway.yaml", &config).ok());
  EXPECT_EQ(config.server().threads(), 1);
}

TEST(ReadYamlTest, ForgetsWhatTheMessageHeld) {
  v1::GatewayConfig config;
  config.add_accounts()->set_name("old");
  ASSERT_TRUE(ReadYaml(kAccounts, "gateway.yaml", &config).ok());
  ASSERT_EQ(config.accounts_size(), 1);
  EXPECT_EQ(config.accounts(0).name(), "main");
}

TEST(ReadYamlTest, FollowsAliases) {
  v1::GatewayConfig config;
  const absl::Status status = ReadYaml(
      "accounts:\n  - { name: &n main, api_key_file: *n, v2: &v { base_url: 'http://[::1]:1' } }\n"
      "  - { name: b, api_key_file: k, v4: *v }\n",
      "gateway.yaml", &config);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(config.accounts(0).api_key_file(), "main");
  EXPECT_EQ(config.accounts(1).v4().base_url(), "http://[::1]:1");
}

struct MistakeCase {
  std::string name;
  // Stands behind kAccounts, so its first line is 4.
  std::string text;
  std::string mistake;
};

class MistakeTest : public testing::TestWithParam<MistakeCase> {};

TEST_P(MistakeTest, IsOneSentenceWithLineAndPath) {
  EXPECT_THAT(MistakesOf(kAccounts + GetParam().text), ElementsAre("gateway.yaml:" + GetParam().mistake));
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, MistakeTest,
    testing::Values(
        MistakeCase{"UnknownKey", "server:\n  lisen: a:1\n",
                    "5: server.lisen: unknown key; did you mean \"listen\"?"},
        MistakeCase{"UnknownKeyInList", "  - { name: b, api_key_file: k, v2: { base_ur: x } }\n",
                    "4: accounts[1].v2.base_ur: unknown key; did you mean \"base_url\"?"},
        MistakeCase{"UpperCaseKey", "Server: {}\n", "4: Server: unknown key; did you mean \"server\"?"},
        MistakeCase{"UnknownKeyUnlikeAny", "colour: red\n", "4: colour: unknown key"},
        MistakeCase{"DuplicateKey", "server: {}\nupstream: {}\nserver: {}\n",
                    "6: server: is given twice, first on line 4"},
        MistakeCase{"ListForWholeNumber", "server:\n  threads: [1]\n",
                    "5: server.threads: expected a whole number, found a list"},
        MistakeCase{"TextForWholeNumber", "server:\n  threads: two\n",
                    "5: server.threads: expected a whole number, found a text"},
        MistakeCase{"QuotedNumber", "server:\n  threads: '2'\n",
                    "5: server.threads: expected a whole number, found a text"},
        MistakeCase{"FractionForWholeNumber", "server: { threads: 2.5 }\n",
                    "4: server.threads: expected a whole number, found a number"},
        MistakeCase{"NothingForWholeNumber", "server:\n  threads:\n",
                    "5: server.threads: expected a whole number, found nothing"},
        MistakeCase{"TooSmall", "server:\n\n  threads: 0\n",
                    "6: server.threads: is 0, but has to be at least 1"},
        MistakeCase{"TooLarge", "server: { threads: 65 }\n",
                    "4: server.threads: is 65, but has to be at most 64"},
        MistakeCase{"FarTooLarge", "server: { threads: 99999999999 }\n",
                    "4: server.threads: is a greater number than this setting can hold"},
        MistakeCase{"YesForBoolean", "anonymous: { enabled: yes }\n",
                    "4: anonymous.enabled: expected true or false, found a text"},
        MistakeCase{"QuotedBoolean", "anonymous: { enabled: \"true\" }\n",
                    "4: anonymous.enabled: expected true or false, found a text"},
        MistakeCase{"TaggedBoolean", "anonymous: { enabled: !!str true }\n",
                    "4: anonymous.enabled: expected true or false, found a text"},
        MistakeCase{"NumberForBoolean", "anonymous: { enabled: 1 }\n",
                    "4: anonymous.enabled: expected true or false, found a number"},
        MistakeCase{"DurationWithoutUnit", "server: { drain_delay: 5 }\n",
                    "4: server.drain_delay: expected a duration such as \"30s\", found a number"},
        MistakeCase{"MappingForDuration", "server: { drain_delay: { seconds: 5 } }\n",
                    "4: server.drain_delay: expected a duration such as \"30s\", found a mapping"},
        MistakeCase{"DurationTooShort", "upstream: { connect_timeout: 9ms }\n",
                    "4: upstream.connect_timeout: is 9ms, but has to be at least 10ms"},
        MistakeCase{"DurationTooLong", "server: { drain_delay: 11m }\n",
                    "4: server.drain_delay: is 11m, but has to be at most 10m"},
        MistakeCase{"TextForSection", "server: on\n", "4: server: expected a mapping, found a text"},
        MistakeCase{"BooleanForSection", "server: true\n", "4: server: expected a mapping, found a boolean"},
        MistakeCase{"MappingForText", "server: { listen: { host: a } }\n",
                    "4: server.listen: expected a text, found a mapping"},
        MistakeCase{"NothingForText", "server: { listen: }\n",
                    "4: server.listen: expected a text, found nothing"},
        MistakeCase{"LineBreakInText", "server: { listen: \"a\\nb\" }\n",
                    "4: server.listen: has a line break or another control character"},
        MistakeCase{"NulInText", "server: { listen: \"a\\0b\" }\n",
                    "4: server.listen: has a line break or another control character"},
        MistakeCase{"MissingRequired", "  - name: b\n",
                    "4: accounts[1].api_key_file: is required, but missing"},
        MistakeCase{"EmptyRequired", "  - name: ''\n    api_key_file: k\n",
                    "4: accounts[1].name: must not be empty"},
        MistakeCase{"Unserved", "admin: { listen: '127.0.0.1:1' }\n",
                    "4: admin: the admin service is not served yet; remove this section"},
        MistakeCase{"UnservedAndEmpty", "admin:\n",
                    "4: admin: the admin service is not served yet; remove this section"},
        MistakeCase{
            "MergeKey", "server: { <<: {} }\n",
            "4: server: has a key that is no name of a setting (it is not shown: it may be a secret)"},
        MistakeCase{"ListAsKey", "? [a, b]\n: c\n",
                    "4: has a key that is no name of a setting (it is not shown: it may be a secret)"},
        MistakeCase{"SecondDocument", "---\nserver: {}\n", "4: has more than one YAML document"},
        MistakeCase{"Syntax", "server:\n  listen: [a\n",
                    "6: is not valid YAML: end of sequence flow not found"},
        MistakeCase{"TabIndentation", "server:\n\tlisten: a\n", "5: is not valid YAML: illegal map value"},
        MistakeCase{"UnknownAlias", "server: *x\n",
                    "4: is not valid YAML: the referenced anchor is not defined"}),
    [](const auto& info) { return info.param.name; });

TEST(ReadYamlTest, SaysWhatAWrongRootIs) {
  EXPECT_THAT(MistakesOf(""), ElementsAre("gateway.yaml:1: accounts: is required, but missing"));
  EXPECT_THAT(MistakesOf("# nothing\n"), ElementsAre("gateway.yaml:1: accounts: is required, but missing"));
  EXPECT_THAT(MistakesOf("- a\n"), ElementsAre("gateway.yaml:1: expected a mapping, found a list"));
  EXPECT_THAT(MistakesOf("accounts: []\n"), ElementsAre("gateway.yaml:1: accounts: must not be empty"));
  EXPECT_THAT(MistakesOf("accounts: {}\n"),
              ElementsAre("gateway.yaml:1: accounts: expected a list, found a mapping"));
  EXPECT_THAT(MistakesOf("accounts:\n"),
              ElementsAre("gateway.yaml:1: accounts: expected a list, found nothing"));
}

TEST(ReadYamlTest, NamesAllMistakesUpToABound) {
  EXPECT_THAT(MistakesOf("server:\n  threads: 0\n  reflection: 1\nupstream: 3\n"), SizeIs(4));
  std::string text = kAccounts;
  for (int i = 0; i < 25; ++i) absl::StrAppend(&text, "  - { name: b }\n");
  const std::vector<std::string> mistakes = MistakesOf(text);
  ASSERT_THAT(mistakes, SizeIs(21));
  EXPECT_EQ(mistakes[19], "gateway.yaml:23: accounts[20].api_key_file: is required, but missing");
  EXPECT_EQ(mistakes[20], "gateway.yaml: and 5 more mistakes");
}

// The example of the design's section 8, which shows what the gateway is to have.
TEST(ReadYamlTest, SaysOfTheFullExampleWhatIsNotServedYet) {
  const std::string example = R"(
server:    { listen: 127.0.0.1:50051, tls: { certificate_file: …, private_key_file: …, client_ca_file: … } }
admin:     { listen: 127.0.0.1:50052 }
http:      { listen: 127.0.0.1:9090 }            # /metrics /livez /readyz
accounts:
  - name: main
    api_key_file: keys/main                        # one key, trailing newline ignored; re-read on change
    next_api_key_file: keys/main.next              # optional: rotation
    v2: { base_url: https://api.blooio.com/v2/api, from_number_in_body: false }
    v4: { base_url: https://api.blooio.com/v4 }
    rate_limit: { requests_per_second: 50, burst: 100 }
    max_in_flight: 256
callers:
  - name: billing
    token_sha256: [9f86d081884c7d659a2feaa0c55ad015…]   # hex SHA-256 of a bearer token
    spiffe_ids: [spiffe://corp/ns/billing/sa/default]     # and/or mTLS
    accounts: [main]                               # the first is the default
    methods: ["blooio.v2.MessagesService/*", "blooio.v4.GroupsService/ListGroups"]   # exact or Service/*
    rate_limit: { requests_per_second: 20, burst: 40 }
    weight: 2
anonymous: { enabled: true }                       # loopback listeners only; first account, all methods, weight 1
upstream:  { default_deadline: 30s, connect_timeout: 3s, attempt_timeout: 15s, max_attempts: 3, max_response_bytes: 4194304, ca_file: … }
redis:     { address: 127.0.0.1:6379 }             # optional
)";
  EXPECT_THAT(MistakesOf(example.substr(1)),
              ElementsAre("gateway.yaml:2: admin: the admin service is not served yet; remove this section"));
}

TEST(ReadYamlTest, ReadsOtherTypes) {
  google::protobuf::UninterpretedOption option;
  ASSERT_TRUE(ReadYaml("negative_int_value: -9223372036854775808\ndouble_value: 1e-3\naggregate_value: 007\n"
                       "name: [ { name_part: a, is_extension: true } ]\n",
                       "t.yaml", &option)
                  .ok());
  EXPECT_EQ(option.negative_int_value(), INT64_MIN);
  EXPECT_EQ(option.double_value(), 0.001);
  EXPECT_EQ(option.aggregate_value(), "007");
  EXPECT_TRUE(option.name(0).is_extension());
  EXPECT_EQ(ReadYaml("double_value: .inf\n", "t.yaml", &option).message(),
            "t.yaml:1: double_value: expected a number, found a text");
  EXPECT_EQ(ReadYaml("double_value: inf\n", "t.yaml", &option).message(),
            "t.yaml:1: double_value: expected a number, found a text");
  EXPECT_EQ(ReadYaml("positive_int_value: 1\n", "t.yaml", &option).message(),
            "t.yaml:1: positive_int_value: cannot be given in a file");
}

}  // namespace
}  // namespace blooio::gateway
