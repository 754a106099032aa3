// Keys that are replaced, refused and spoiled under a running gateway: which one
// calls go out with, and that none of them notices.
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "blooio/v2/messages_service.pb.h"
#include "tests/integration/harness/await_key.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/harness/load.h"
#include "tests/integration/harness/sandbox_server.h"
#include "tests/integration/harness/secret_volume.h"
#include "tests/unit/telemetry/exposition.h"

namespace blooio::integration {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(30);

// A gateway whose key files the test writes.
class KeysTest : public ::testing::Test {
 protected:
  std::string MakeKey(const std::string& name) const { return "bl_test_" + name + RandomHex(24); }

  void Start(const std::string& current_file, const std::string& next_file = "") {
    GatewayOptions options;
    options.upstream = sandbox_.address();
    options.sections = "http: { listen: '127.0.0.1:0' }\n";
    options.config = ConfigText(
        options, next_file.empty() ? current_file : current_file + "\n    next_api_key_file: " + next_file);
    gateway_ = std::make_unique<GatewayServer>(options);
    caller_ = std::make_unique<Caller>(gateway_->address());
  }
  // Replaced the way a careful hand does it.
  void Write(const std::string& name, const std::string& content) const {
    fs::rename(folder_.Write(name + ".tmp", content), folder_.path() / name);
  }
  double Sample(const std::string& series) const {
    const HttpAnswer answer = Fetch("GET", gateway_->http_address(), "/metrics");
    const auto read = blooio::testing::ReadExposition(answer.body);
    EXPECT_TRUE(read.samples.contains(series)) << series;
    return read[series];
  }
  // What the metrics say of a key, such as "active" of "current".
  double Metric(const std::string& what, const std::string& slot) const {
    return Sample(absl::StrCat("blooio_gateway_key_", what, R"({account="main",slot=")", slot, "\"}"));
  }
  // The metrics come to have this line.
  void AwaitLine(const std::string& line) const {
    const absl::Time until = absl::Now() + kPatience;
    std::string metrics;
    do {
      metrics = Fetch("GET", gateway_->http_address(), "/metrics").body;
    } while (metrics.find("\n" + line + "\n") == std::string::npos && absl::Now() < until);
    EXPECT_THAT(metrics, HasSubstr("\n" + line + "\n"));
  }
  static std::string Refused(const std::string& account, const std::string& setting, bool refused) {
    return absl::StrCat(R"(blooio_gateway_file_refused{account=")", account, R"(",setting="accounts.)",
                        setting, "\"} ", refused ? 1 : 0);
  }
  std::string Path(const std::string& name) const { return folder_.path() / name; }
  bool Says(const std::string& text) { return gateway_->process().WaitForError(text, kPatience); }

  Result Call(const std::string& idempotency_key = "") const {
    v2::SendMessageRequest request;
    request.mutable_chat_id()->set_phone_number("+15551234567");
    request.set_text("hi");
    if (!idempotency_key.empty()) request.set_idempotency_key(idempotency_key);
    v2::SendMessageResponse reply;
    return caller_->Call(request, &reply);
  }
  // The key of the last request that arrived, as the journal shows it.
  std::string LastKey() const { return sandbox_.Requests().back().Header("Authorization"); }
  size_t Arrived() const { return sandbox_.Requests().size(); }

  TempDir folder_;
  SandboxServer sandbox_;
  std::unique_ptr<GatewayServer> gateway_;
  std::unique_ptr<Caller> caller_;
};

TEST_F(KeysTest, ARotationUnderLoadFailsNoCallAndSendsNothingTwice) {
  const std::string a = MakeKey("a"), b = MakeKey("b");
  Write("main", a);
  Write("main.next", b);
  sandbox_.Accept({a});
  Start(Path("main"), Path("main.next"));
  Load load(64, [this](int, int number) { return Call(absl::StrCat("order-", number)); });
  // There and back: more calls than there are callers in each phase, so that each
  // of them has seen it.
  for (const auto& accepted : std::vector<std::vector<std::string>>{{a, b}, {b}, {a, b}, {a}, {a, b}, {b}}) {
    EXPECT_TRUE(load.Await(300));
    sandbox_.Accept(accepted);
  }
  EXPECT_TRUE(load.Await(300));
  const int calls = load.End();
  EXPECT_EQ(load.failures(), "");
  std::multiset<std::string> executed;
  for (const Json& message : sandbox_.ShowMessages()) executed.insert(message["idempotency_key"]);
  EXPECT_EQ(executed.size(), static_cast<size_t>(calls));
  EXPECT_EQ(std::set<std::string>(executed.begin(), executed.end()).size(), executed.size());
  // Each key was refused by those calls only that had it in hand.
  EXPECT_LE(Arrived(), static_cast<size_t>(calls) + 3 * 64);
  EXPECT_EQ(LastKey(), SandboxServer::Fingerprint(b));
  EXPECT_EQ(gateway_->Stop(), 0);
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr("account_without_key")));
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr(a.substr(8))));
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr(b.substr(8))));
}

TEST_F(KeysTest, TheSecondAttemptIsTold) {
  const std::string a = MakeKey("a"), b = MakeKey("b");
  Write("main", a);
  Write("main.next", b);
  sandbox_.Accept({b});
  Start(Path("main"), Path("main.next"));
  const Result first = Call();
  EXPECT_EQ(first.code, 0) << first;
  EXPECT_EQ(first.Trailer("blooio-attempts"), "2");
  EXPECT_EQ(first.Trailer("blooio-upstream-status"), "202");
  const std::vector<Recorded> requests = sandbox_.Requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].Header("Authorization"), SandboxServer::Fingerprint(a));
  EXPECT_EQ(requests[1].Header("Authorization"), SandboxServer::Fingerprint(b));
  EXPECT_EQ(requests[0].Header("Idempotency-Key"), requests[1].Header("Idempotency-Key"));
  EXPECT_EQ(requests[0].body, requests[1].body);
  EXPECT_EQ(Call().Trailer("blooio-attempts"), "1");
}

TEST_F(KeysTest, MetricsSayWhichKeyIsInUseAndHowOldItIs) {
  constexpr char kWithoutKey[] = R"(blooio_gateway_account_without_key{account="main"})";
  const std::string a = MakeKey("a"), b = MakeKey("b");
  Write("main", a);
  Write("main.next", b);
  const double began = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  sandbox_.Accept({a});
  Start(Path("main"), Path("main.next"));
  EXPECT_EQ(Call().code, 0);
  EXPECT_EQ(Metric("active", "current"), 1);
  EXPECT_EQ(Metric("active", "next"), 0);
  for (const char* slot : {"current", "next"}) {
    EXPECT_GE(Metric("loaded_timestamp_seconds", slot), began);
    EXPECT_LE(Metric("loaded_timestamp_seconds", slot), began + 600);
  }
  sandbox_.Accept({b});
  EXPECT_EQ(Call().code, 0);
  EXPECT_EQ(Metric("active", "current"), 0);
  EXPECT_EQ(Metric("active", "next"), 1);
  EXPECT_EQ(Sample(kWithoutKey), 0);
  sandbox_.Accept({});
  EXPECT_EQ(Call().Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  EXPECT_EQ(Sample(kWithoutKey), 1);
  // The probe's attempts are attempts.
  AwaitLine(R"(blooio_gateway_upstream_attempts_total{account="main",api="v4",result="4xx"} 2)");
}

TEST_F(KeysTest, MetricsSayWhichKeyFileIsRefusedForAsLongAsItIs) {
  Write("main", sandbox_.key());
  Write("main.next", "");
  Start(Path("main"), Path("main.next"));
  AwaitLine(Refused("main", "api_key_file", false));
  AwaitLine(Refused("main", "next_api_key_file", true));
  fs::remove(Path("main"));
  AwaitLine(Refused("main", "api_key_file", true));
  Write("main", sandbox_.key());
  AwaitLine(Refused("main", "api_key_file", false));
  AwaitLine(Refused("main", "next_api_key_file", true));
  fs::remove(Path("main.next"));
  AwaitLine(Refused("main", "next_api_key_file", false));

  // What an account had refused is nobody's trouble once it is gone.
  fs::remove(Path("main"));
  AwaitLine(Refused("main", "api_key_file", true));
  Write("eu", sandbox_.key());
  GatewayOptions options;
  options.sections = "http: { listen: '127.0.0.1:0' }\n";
  std::string config = ConfigText(options, Path("eu"));
  config.replace(config.find("name: main"), sizeof "name: main" - 1, "name: eu");
  gateway_->Replace("gateway.yaml", config);
  AwaitLine(Refused("eu", "api_key_file", false));
  AwaitLine(Refused("main", "api_key_file", false));
}

TEST_F(KeysTest, ASwappedVolumeIsInUseWithinTwoSecondsAndFailsNoCall) {
  const std::string first = MakeKey("0");
  SecretVolume volume(folder_.path() / "keys");
  volume.Swap(first);
  sandbox_.Accept({first});
  Start(Path("keys/main"));
  Load load(8, [this](int, int) { return Call(); });
  std::string last = first;
  for (const char* name : {"1", "2", "3"}) {
    const std::string next = MakeKey(name);
    EXPECT_TRUE(load.Await(50));
    sandbox_.Accept({last, next});
    const absl::Time swapped = absl::Now();
    volume.Swap(next);
    while (LastKey() != SandboxServer::Fingerprint(next) && absl::Now() - swapped < kPatience) {
      ASSERT_TRUE(load.Await(1));
    }
    EXPECT_LT(absl::Now() - swapped, absl::Seconds(2));
    EXPECT_TRUE(load.Await(50));  // Calls under way with the old one have ended.
    sandbox_.Accept({next});
    last = next;
  }
  EXPECT_TRUE(load.Await(50));
  load.End();
  EXPECT_EQ(load.failures(), "");
}

TEST_F(KeysTest, ABadFileTakesNothingAwayAndIsToldOnce) {
  const std::string a = MakeKey("a"), b = MakeKey("b");
  sandbox_.Accept({a, b});
  Write("main", a);
  Start(Path("main"));
  const auto count = [this](const std::string& text) {
    const std::string said = gateway_->process().err();
    int count = 0;
    for (size_t at = 0; (at = said.find(text, at)) != std::string::npos; at += text.size()) ++count;
    return count;
  };
  struct Bad {
    std::function<void()> spoil;
    std::string said;
  };
  const Bad rows[] = {
      {[&] { Write("main", ""); }, "is empty"},
      {[&] { Write("main", b + "\xff\x01"); }, "has characters that no API key has"},
      {[&] { Write("main", b + "\n" + b); }, "has blanks or several lines"},
      {[&] { fs::remove(Path("main")); }, "cannot be read (No such file or directory)"},
      {[&] { fs::create_directory(Path("main")); }, "is not a regular file"},
  };
  for (const Bad& row : rows) {
    SCOPED_TRACE(row.said);
    row.spoil();
    ASSERT_TRUE(Says(row.said));
    EXPECT_EQ(Call().code, 0);
    EXPECT_EQ(LastKey(), SandboxServer::Fingerprint(a));
  }
  fs::remove(Path("main"));
  Write("main", a);
  EXPECT_TRUE(Says(R"("event":"key_file_good_again")"));
  Write("main", b);
  EXPECT_TRUE(Says(SandboxServer::Fingerprint(b).substr(sizeof "Bearer sha256:" - 1)));
  EXPECT_EQ(Call().code, 0);
  EXPECT_EQ(LastKey(), SandboxServer::Fingerprint(b));
  EXPECT_EQ(gateway_->Stop(), 0);
  for (const Bad& row : rows) EXPECT_EQ(count(row.said), 1) << row.said;
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr("bl_test")));
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr(b.substr(8))));
}

TEST_F(KeysTest, WithoutAKeyCallsEndAtOnceUntilAProbeFindsOne) {
  const std::string a = MakeKey("a"), b = MakeKey("b");
  Write("main", a);
  Write("main.next", b);
  sandbox_.Accept({});
  Start(Path("main"), Path("main.next"));
  const Result rejected = Call();
  EXPECT_EQ(rejected.Reason(), "UPSTREAM_CREDENTIAL_REJECTED") << rejected;
  EXPECT_EQ(rejected.Trailer("blooio-attempts"), "2");
  // Both keys, for the call and for the probe.
  ASSERT_TRUE(sandbox_.AwaitRequests(4));
  for (int i = 0; i < 20; ++i) {
    const Result refused = Call();
    EXPECT_EQ(refused.Reason(), "ACCOUNT_WITHOUT_KEY") << refused;
    EXPECT_EQ(refused.code, google::rpc::UNAVAILABLE);
    EXPECT_GE(std::stoll(refused.Trailer("grpc-retry-pushback-ms")), 30'000);
    EXPECT_EQ(refused.Trailer("blooio-attempts"), "");
  }
  std::vector<Recorded> requests = sandbox_.Requests();
  ASSERT_EQ(requests.size(), 4u);
  for (const size_t i : {2, 3}) {
    EXPECT_EQ(requests[i].verb, "GET");
    EXPECT_EQ(requests[i].target, "/v4/me");
  }
  EXPECT_EQ(requests[2].Header("Authorization"), SandboxServer::Fingerprint(a));
  EXPECT_EQ(requests[3].Header("Authorization"), SandboxServer::Fingerprint(b));

  // A new key, whatever the upstream says of it, is a reason to go on; refused as
  // well, the account is marked anew, and this time the probe finds a good key.
  const std::string c = MakeKey("c");
  sandbox_.Break({{"status", 401}}, 2);
  sandbox_.Accept({b});
  Write("main", c);
  ASSERT_TRUE(Says(SandboxServer::Fingerprint(c).substr(sizeof "Bearer sha256:" - 1)));
  EXPECT_EQ(Call().Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  AwaitKey(*caller_);
  EXPECT_TRUE(Says("account_back"));
  EXPECT_EQ(Call().code, 0);
  EXPECT_EQ(LastKey(), SandboxServer::Fingerprint(b));
  EXPECT_EQ(gateway_->Stop(), 0);
  for (const std::string& key : {a, b, c}) {
    EXPECT_THAT(gateway_->process().err(), Not(HasSubstr(key.substr(8))));
  }
}

TEST_F(KeysTest, AReloadedConfigurationKeepsWhichKeyIsInUse) {
  const std::string a = MakeKey("a"), b = MakeKey("b");
  Write("main", a);
  Write("main.next", b);
  sandbox_.Accept({b});
  Start(Path("main"), Path("main.next"));
  EXPECT_EQ(Call().Trailer("blooio-attempts"), "2");
  std::ofstream(gateway_->config_file(), std::ios::app)
      << "callers: [{ name: billing, token_sha256: [" << std::string(64, 'a') << "], accounts: [main], "
      << "methods: ['*'] }]\n";
  ASSERT_TRUE(Says("configuration_loaded"));
  EXPECT_EQ(Call().Trailer("blooio-attempts"), "1");
  EXPECT_EQ(LastKey(), SandboxServer::Fingerprint(b));
}

// That it is not dumpable is tested where it is set: to root, as which tests may run,
// the kernel shows no difference.
TEST_F(KeysTest, TheProcessDumpsNoCore) {
  Write("main", sandbox_.key());
  Start(Path("main"));
  std::ifstream limits(absl::StrCat("/proc/", gateway_->process().pid(), "/limits"));
  std::string line, core;
  while (std::getline(limits, line)) {
    if (line.starts_with("Max core file size")) core = line;
  }
  EXPECT_THAT(core, ::testing::ContainsRegex("size +0 +0 "));
  gateway_->process().Signal(SIGABRT);
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 128 + SIGABRT);
}

}  // namespace
}  // namespace blooio::integration
