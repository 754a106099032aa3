#include "service/config/config.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "service/config/yaml_reader.h"
#include "tests/unit/config/test_files.h"

namespace blooio::gateway {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSmall[] =
    "accounts:\n"
    "  - name: main\n"
    "    api_key_file: keys/main\n"
    "anonymous: { enabled: true }\n";

TEST(LoadConfigTest, ReadsASmallFile) {
  const auto config = LoadConfig(WriteTempFile("small.yaml", kSmall));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->accounts(0).name(), "main");
  EXPECT_EQ(config->upstream().threads(), 1);
}

TEST(LoadConfigTest, ResolvesPathsFromTheFilesFolder) {
  const auto config = LoadConfig(
      WriteTempFile("paths.yaml",
                    "accounts: [ { name: a, api_key_file: keys/a }, { name: b, api_key_file: /etc/b } ]\n"
                    "anonymous: { enabled: true }\nupstream: { ca_file: ../ca.pem }\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->accounts(0).api_key_file(), TempPath("keys/a"));
  EXPECT_EQ(config->accounts(1).api_key_file(), "/etc/b");
  EXPECT_EQ(config->upstream().ca_file(), TempPath("../ca.pem"));
}

TEST(LoadConfigTest, MakesPathsAbsoluteOfARelativeFile) {
  const std::string path = WriteTempFile("relative.yaml", kSmall);
  const auto config = LoadConfig(std::filesystem::relative(path).string());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->accounts(0).api_key_file(), testing::StartsWith("/"));
  EXPECT_EQ(std::filesystem::path(config->accounts(0).api_key_file()).lexically_normal(),
            TempPath("keys/main"));
}

TEST(LoadConfigTest, LeavesEmptyPathsEmpty) {
  const auto config =
      LoadConfig(WriteTempFile("empty.yaml", std::string(kSmall) + "upstream: { ca_file: '' }\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->upstream().ca_file(), "");
}

TEST(LoadConfigTest, TrimsSlashesOfBaseUrls) {
  const auto config = LoadConfig(WriteTempFile(
      "slash.yaml",
      "anonymous: { enabled: true }\naccounts:\n  - { name: a, api_key_file: k,\n"
      "      v2: { base_url: 'http://localhost:1/v2/' }, v4: { base_url: 'https://localhost//' } }\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->accounts(0).v2().base_url(), "http://localhost:1/v2");
  EXPECT_EQ(config->accounts(0).v4().base_url(), "https://localhost");
}

TEST(LoadConfigTest, NamesFileLineAndPathOfContradictions) {
  const std::string path =
      WriteTempFile("contradictions.yaml",
                    "accounts:\n  - { name: a, api_key_file: k }\n  - { name: a, api_key_file: k }\n"
                    "server:\n  listen: 0.0.0.0:1\n");
  EXPECT_EQ(
      LoadConfig(path).status().message(),
      path +
          ":5: server.listen: is clear text on an address that is not loopback; set server.allow_cleartext "
          "to "
          "allow it\n" +
          path +
          ":1: anonymous.enabled: is false and there are no callers, so nobody could call; add callers or "
          "set it to true\n" +
          path + ":3: accounts[1].name: is the same name as accounts[0].name");
}

TEST(LoadConfigTest, SaysWhyAFileCannotBeRead) {
  const std::string missing = TempPath("missing.yaml");
  EXPECT_EQ(LoadConfig(missing).status(),
            absl::NotFoundError(missing + ": cannot be read (No such file or directory)"));
  EXPECT_THAT(std::string(LoadConfig(testing::TempDir()).status().message()),
              HasSubstr(": is not a regular file"));
  const std::string pipe = TempPath("pipe.yaml");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(LoadConfig(pipe).status(), absl::FailedPreconditionError(pipe + ": is not a regular file"));
  std::filesystem::remove(pipe);
}

TEST(LoadConfigTest, RefusesAHugeFile) {
  const std::string path = WriteTempFile("huge.yaml", std::string(3 << 20, '#'));
  EXPECT_EQ(LoadConfig(path).status().message(), path + ": is longer than 1048576 bytes");
}

TEST(LocalConfigTest, IsTheSandboxForAnonymousCallers) {
  const v1::GatewayConfig config = LocalConfig();
  EXPECT_TRUE(config.anonymous().enabled());
  EXPECT_EQ(config.server().listen(), "127.0.0.1:50051");
  ASSERT_EQ(config.accounts_size(), 1);
  EXPECT_EQ(config.accounts(0).name(), "main");
  EXPECT_EQ(config.accounts(0).api_key_file(), "");
  EXPECT_EQ(config.accounts(0).v2().base_url(), "http://127.0.0.1:4080/v2/api");
  EXPECT_EQ(config.accounts(0).v4().base_url(), "http://127.0.0.1:4080/v4");
}

TEST(ToYamlTest, IsReadableAndComplete) {
  EXPECT_EQ(ToYaml(LocalConfig()), R"(server:
  listen: 127.0.0.1:50051
  allow_cleartext: false
  reflection: true
  threads: 1
  max_request_bytes: 1048576
  drain_delay: 5s
  drain_timeout: 30s
  max_connection_age: 5m
  max_in_flight: 4096
accounts:
  - name: main
    v2:
      base_url: http://127.0.0.1:4080/v2/api
      from_number_in_body: false
    v4:
      base_url: http://127.0.0.1:4080/v4
    max_in_flight: 0
    max_wait: 250ms
    max_waiting: 10000
    interactive_reserve: 0
anonymous:
  enabled: true
upstream:
  default_deadline: 30s
  max_deadline: 2m
  connect_timeout: 3s
  attempt_timeout: 15s
  max_attempts: 3
  max_response_bytes: 4194304
  threads: 1
  circuit_breaker: true
ledger:
  max_entries: 100000
  alone: false
)");
}

TEST(ToYamlTest, IsReadBackAsTheSame) {
  const auto config = LoadConfig(WriteTempFile("full.yaml", R"(
server: { listen: "[::1]:0", reflection: false, threads: 64, drain_delay: 1.5s, max_connection_age: 24h }
accounts:
  - { name: a, api_key_file: "/etc/keys/ä b: #'\"\\", v2: { base_url: 'https://[::1]:1/a%20b', from_number_in_body: true } }
  - { name: "true", api_key_file: /null, v4: { base_url: "https://localhost:1/~x/!$&'()*+,;=" } }
  - { name: "123", api_key_file: "/- x" }
  - { name: "null", api_key_file: "/k" }
  - { name: "-", api_key_file: "/k", rate_limit: { requests_per_second: 0.0115740740740741, burst: 3 } }
  - { name: "_", api_key_file: "/k", rate_limit: { requests: 7, per: 24h, burst: 1 } }
anonymous: { enabled: true }
upstream: { proxy_url: "http://localhost:1", ca_file: /etc/ca.pem, attempt_timeout: 0.0100001s }
)"));
  ASSERT_TRUE(config.ok()) << config.status();
  v1::GatewayConfig again;
  const absl::Status status = ReadYaml(ToYaml(*config), "again.yaml", &again);
  ASSERT_TRUE(status.ok()) << status << "\n" << ToYaml(*config);
  EXPECT_TRUE(MessageDifferencer::Equals(*config, again)) << ToYaml(*config) << "\n" << ToYaml(again);
}

TEST(ToYamlTest, LeavesOutWhatIsNotServed) {
  v1::GatewayConfig config = LocalConfig();
  config.mutable_admin()->set_listen("a:1");
  config.mutable_accounts(0)->mutable_v2()->clear_base_url();
  EXPECT_THAT(ToYaml(config), Not(HasSubstr("admin")));
  EXPECT_THAT(ToYaml(config), HasSubstr("v2:\n      from_number_in_body"));
}

}  // namespace
}  // namespace blooio::gateway
