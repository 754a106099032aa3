// How the gateway starts, or says in one sentence why it does not.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "absl/time/clock.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr absl::Duration kPatience = absl::Seconds(30);

// How a start ends that is expected not to succeed, or not to serve.
struct End {
  std::optional<int> code;
  std::string out;
  std::string err;
};

End RunFlags(const std::vector<std::string>& flags) {
  std::vector<std::string> command = {BLOOIO_GATEWAY};
  command.insert(command.end(), flags.begin(), flags.end());
  Process process(command);
  End end;
  end.code = process.WaitForExit(kPatience);
  end.out = process.out();
  end.err = process.err();
  return end;
}

End RunWith(const GatewayOptions& options) {
  GatewayServer gateway(options, GatewayServer::NotAwaited{});
  End end;
  end.code = gateway.process().WaitForExit(kPatience);
  end.out = gateway.process().out();
  end.err = gateway.process().err();
  return end;
}

// Exit 1, nothing on stdout, one sentence on stderr.
testing::Matcher<const std::string&> IsOneSentence(const std::string& about) {
  return AllOf(StartsWith("blooio-gateway: "), HasSubstr(about), testing::Truly([](const std::string& text) {
                 return text.ends_with('\n') && std::count(text.begin(), text.end(), '\n') == 1;
               }));
}

// What comes before the sentence is log, which a failing start may also write.
std::string LastLine(const std::string& text) {
  const size_t start = text.size() < 2 ? std::string::npos : text.rfind('\n', text.size() - 2);
  return start == std::string::npos ? text : text.substr(start + 1);
}

void ExpectRefused(const End& end, const std::string& about) {
  EXPECT_EQ(end.code, 1) << end.err;
  EXPECT_THAT(end.out, IsEmpty());
  EXPECT_THAT(LastLine(end.err), IsOneSentence(about));
}

TEST(StartTest, SaysOnceThatItIsReadyAndEndsWithZero) {
  const absl::Time began = absl::Now();
  GatewayServer gateway{GatewayOptions()};
  EXPECT_LT(absl::Now() - began, absl::Seconds(30));
  EXPECT_EQ(Caller(gateway.address()).Health(""), "SERVING");
  EXPECT_EQ(gateway.Stop(), 0);
  EXPECT_EQ(gateway.process().out(), R"({"event":"ready","grpc":")" + gateway.address() + "\"}\n");
}

// Whoever says SIGHUP to a gateway that has only just begun means a reload.
TEST(StartTest, HoldsSignalsFromTheBeginning) {
  TempDir folder;
  std::string config = "accounts: [{ name: main, api_key_file: key }]\ncallers:\n";
  for (int i = 100'000; i < 101'000; ++i) {
    const std::string number = std::to_string(i);
    config += "  - { name: c" + number + ", accounts: [main], methods: ['*'], token_sha256: ['" +
              std::string(58, '0') + number + "'] }\n";
  }
  const std::string file = folder.Write("gateway.yaml", config);
  // More than the pipe holds: it is within main, and stays there, until all is read.
  int out[2];
  ASSERT_EQ(pipe2(out, O_CLOEXEC), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(out[1], STDOUT_FILENO);
    execl(BLOOIO_GATEWAY, BLOOIO_GATEWAY, "--config", file.c_str(), "--check-config", nullptr);
    _exit(127);
  }
  close(out[1]);
  char chunk[4096];
  ASSERT_GT(read(out[0], chunk, 1), 0);
  kill(pid, SIGHUP);
  while (read(out[0], chunk, sizeof chunk) > 0) {
  }
  close(out[0]);
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(StartTest, EndsOnInterruptToo) {
  GatewayServer gateway{GatewayOptions()};
  gateway.process().Signal(SIGINT);
  EXPECT_EQ(gateway.process().WaitForExit(kPatience), 0);
}

TEST(StartTest, ListensOnIpv6AndUnixSockets) {
  TempDir folder;
  for (const std::string& listen :
       {std::string("[::1]:0"), "unix:" + (folder.path() / "grpc.sock").string()}) {
    GatewayOptions options;
    options.listen = listen;
    GatewayServer gateway(options);
    EXPECT_EQ(Caller(gateway.address()).Health(""), "SERVING") << gateway.address();
    EXPECT_EQ(gateway.Stop(), 0);
  }
}

TEST(StartTest, AnOccupiedPortIsRefused) {
  GatewayServer first{GatewayOptions()};
  GatewayOptions options;
  options.listen = first.address();
  ExpectRefused(RunWith(options), first.address() + ": Address already in use");
  // The first one does not suffer, nor share.
  EXPECT_EQ(Caller(first.address()).Health(""), "SERVING");
}

TEST(StartTest, TheSandboxsPortIsRefusedToo) {
  SandboxServer sandbox;
  GatewayOptions options;
  options.listen = sandbox.address();
  ExpectRefused(RunWith(options), "Address already in use");
}

TEST(StartTest, APortIsFreeAgainAtOnce) {
  GatewayServer first{GatewayOptions()};
  EXPECT_EQ(Caller(first.address()).Health(""), "SERVING");
  EXPECT_EQ(first.Stop(), 0);
  GatewayOptions options;
  options.listen = first.address();
  EXPECT_EQ(GatewayServer(options).address(), first.address());
}

TEST(StartTest, UnusableKeyFilesAreRefused) {
  TempDir folder;
  folder.Write("empty", "\n");
  folder.Write("two", "bl_private_1\nbl_private_2\n");
  for (const std::string name : {"missing", "empty", "two", "."}) {
    GatewayOptions options;
    const std::string path = (folder.path() / name).string();
    options.config = ConfigText(options, path);
    const End end = RunWith(options);
    ExpectRefused(end, path);
    EXPECT_THAT(end.err, testing::Not(HasSubstr("bl_private")));
  }
}

TEST(StartTest, UnusableCertificatesAreRefused) {
  TempDir folder;
  for (const std::string& path : {(folder.path() / "missing").string(), folder.Write("garbage", "no PEM\n"),
                                  folder.Write("empty", "")}) {
    GatewayOptions options;
    options.upstream_settings = "ca_file: '" + path + "'";
    ExpectRefused(RunWith(options), path);
  }
}

TEST(StartTest, ConfigurationErrorsNameFileLineAndPath) {
  struct Mistake {
    std::string config;
    std::string line;
    std::string path;
  };
  const std::string account = "accounts: [{ name: main, api_key_file: key }]\nanonymous: { enabled: true }\n";
  const Mistake mistakes[] = {
      {account + "server:\n  lisen: 127.0.0.1:0\n", ":4", "server.lisen"},
      {account + "upstream: { threads: many }\n", ":3", "upstream.threads"},
      {account + "upstream:\n\n  threads: 0\n", ":5", "upstream.threads"},
      {account + "server: { listen: 0.0.0.0:0 }\n", ":3", "server.listen"},
      {account + "redis: { address: 127.0.0.1:0 }\n", ":3", "redis.address"},
      {account + "admin: {}\n", ":3", "admin"},
      {"accounts: [{ name: main, api_key_file: key, v4: { base_url: 'http://api.example.com' } }]\n"
       "anonymous: { enabled: true }\n",
       ":1", "accounts[0].v4.base_url"},
      {"accounts: [{ name: main }]\nanonymous: { enabled: true }\n", ":1", "accounts[0].api_key_file"},
      {"server: [\n", "", ""},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.config);
    GatewayOptions options;
    options.config = mistake.config;
    const End end = RunWith(options);
    EXPECT_EQ(end.code, 1);
    EXPECT_THAT(end.out, IsEmpty());
    EXPECT_THAT(end.err, AllOf(HasSubstr("gateway.yaml" + mistake.line), HasSubstr(mistake.path)));
  }
  ExpectRefused(RunFlags({"--config", "/nonexistent/gateway.yaml"}), "/nonexistent/gateway.yaml");
}

TEST(StartTest, ChecksAConfigurationWithoutServing) {
  TempDir folder;
  GatewayOptions options;
  const std::string file = folder.Write("gateway.yaml", ConfigText(options, "key"));
  const End end = RunFlags({"--config", file, "--check-config"});
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_THAT(end.out, AllOf(HasSubstr("attempt_timeout: 15s"), HasSubstr("connect_timeout: 3s")));
  // What it prints is a configuration that means the same.
  const End again = RunFlags({"--check-config", "--config", folder.Write("printed.yaml", end.out)});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, end.out);
  options.upstream_settings = "colour: blue";
  const End wrong =
      RunFlags({"--check-config", "--config", folder.Write("wrong.yaml", ConfigText(options, "key"))});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("upstream.colour"));
}

TEST(StartTest, UnderstandsItsFlagsOnly) {
  const End version = RunFlags({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "blooio-gateway " BLOOIO_VERSION "\n");
  const End unknown = RunFlags({"--colour=blue"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("colour"));
  ExpectRefused(RunFlags({"serve"}), "flags only");
  ExpectRefused(RunFlags({"--log-level", "loud"}), "--log-level");
}

}  // namespace
}  // namespace blooio::integration
