// Keys that are replaced, refused and spoiled under a running gateway: which one
// calls go out with, and that none of them notices.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <vector>

#include "absl/time/clock.h"
#include "tests/integration/harness/load.h"
#include "tests/integration/harness/sanitized.h"
#include "tests/integration/harness/secret_volume.h"
#include "tests/integration/keys_world.h"

namespace blooio::integration {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class KeysTest : public KeysWorld {};

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

TEST_F(KeysTest, ASwappedVolumeIsInUseWithinTwoSecondsAndFailsNoCall) {
  const std::string first = MakeKey("0");
  SecretVolume volume(folder_.path() / "keys");
  volume.Swap(first);
  sandbox_.Accept({first});
  Start(Path("keys/main"));
  Load load(8, [this](int, int) { return Call(); });
  std::string last = first;
  absl::Duration shortest = kPatience;
  for (const char* name : {"1", "2", "3"}) {
    const std::string next = MakeKey(name);
    EXPECT_TRUE(load.Await(50));
    sandbox_.Accept({last, next});
    const absl::Time swapped = absl::Now();
    volume.Swap(next);
    while (LastKey() != SandboxServer::Fingerprint(next) && absl::Now() - swapped < kPatience) {
      ASSERT_TRUE(load.Await(1));
    }
    EXPECT_EQ(LastKey(), SandboxServer::Fingerprint(next));
    shortest = std::min(shortest, absl::Now() - swapped);
    EXPECT_TRUE(load.Await(50));  // Calls under way with the old one have ended.
    sandbox_.Accept({next});
    last = next;
  }
  EXPECT_LT(shortest, absl::Seconds(kSanitized ? 20 : 2));
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

TEST_F(KeysTest, WithoutAKeyCallsEndAtOnceUntilThereIsANewOne) {
  const std::string a = MakeKey("a"), b = MakeKey("b");
  Write("main", a);
  Write("main.next", b);
  sandbox_.Accept({});
  Start(Path("main"), Path("main.next"));
  const Result rejected = Call();
  EXPECT_EQ(rejected.Reason(), "UPSTREAM_CREDENTIAL_REJECTED") << rejected;
  EXPECT_EQ(rejected.Trailer("blooio-attempts"), "2");
  // Both keys, for the call and for the probe.
  ASSERT_TRUE(Says("account_without_key"));
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

  // A new key, whatever the upstream says of it, is a reason to go on. It is refused as
  // well, but the probe that follows at once finds a good one.
  const std::string c = MakeKey("c");
  sandbox_.Break({{"status", 401}}, 3, {{"verb", "POST"}});
  sandbox_.Accept({b});
  Write("main", c);
  ASSERT_TRUE(Says(SandboxServer::Fingerprint(c).substr(sizeof "Bearer sha256:" - 1)));
  EXPECT_TRUE(Says("account_back"));
  EXPECT_EQ(Call().Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  EXPECT_TRUE(Says("key_in_use"));
  EXPECT_EQ(Call().Trailer("blooio-attempts"), "1");
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
