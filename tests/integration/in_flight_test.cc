// As many calls under way as there are at the worst: an upstream that takes ten seconds
// to answer, and callers that go on calling.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/crowd.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/http2_front.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/harness/process_status.h"
#include "tests/integration/harness/sandbox_server.h"
#include "tests/integration/harness/sanitized.h"

namespace blooio::integration {
namespace {

constexpr int kConnections = 10;
constexpr int kMostCalls = 10'000;
constexpr int kDelayMs = 10'000;
// What a call that waits takes, in kB, is 34 over HTTP/1.1 and 36 over HTTP/2, of which gRPC 1.51 and
// libcurl 7.88 take 29 (tests/bench/README.md). The rest are 28 MB of a gateway that does nothing.
constexpr int64_t kKilobytesPerCall = 38;
// Of those 6 or 7 are gRPC's own, on two cores; on more there are more.
constexpr int kMostThreads = 16;

class InFlightTest : public testing::Test {
 protected:
  static GatewayOptions Options(const SandboxServer& sandbox, int most) {
    GatewayOptions options;
    options.upstream = sandbox.address();
    options.key = sandbox.key();
    options.flags = {"--log-level", "error"};
    options.upstream_settings = "attempt_timeout: 60s";
    options.server += absl::StrCat(", threads: 1, reflection: false, max_in_flight: ", most);
    options.sections = "http: { listen: '127.0.0.1:0' }\n";
    return options;
  }
  // A call's turn to connect may come late on a machine that is busy.
  static GatewayOptions Patient(GatewayOptions options) {
    options.config =
        absl::StrReplaceAll(ConfigText(options, "key"), {{"connect_timeout: 3s", "connect_timeout: 30s"}});
    return options;
  }

  // `count` sends over ten connections, all at once, each made once.
  std::vector<CrowdMember> Members(int count) const {
    std::vector<CrowdMember> members(kConnections);
    for (CrowdMember& member : members) {
      member = {.at_once = count / kConnections, .calls = 1, .deadline = absl::Seconds(60), .request = send_};
    }
    return members;
  }
  void Carry(GatewayServer& gateway, int count) {
    sandbox_.Break({{"delay_before_ms", kDelayMs}}, count);
    const pid_t pid = gateway.process().pid();
    const int64_t idle = StatusField(pid, "VmRSS");
    std::cout << "idle: " << idle << " kB, " << ThreadNames(pid) << "\n";
    const absl::Time began = absl::Now();
    Crowd crowd({gateway.address()}, Members(count));
    crowd.RunFor(absl::Milliseconds(kDelayMs - 1000));
    const int64_t threads = StatusField(pid, "Threads");
    const std::string names = ThreadNames(pid);
    ASSERT_TRUE(crowd.AwaitAll());
    const std::vector<CrowdCall> calls = crowd.End();
    const int64_t kilobytes = StatusField(pid, "VmHWM");
    const auto by_ended = [](const CrowdCall& a, const CrowdCall& b) { return a.ended < b.ended; };
    const absl::Time first = std::min_element(calls.begin(), calls.end(), by_ended)->ended;
    std::cout << calls.size() << " calls, the first answered after " << first - began << ", all after "
              << calls.back().ended - began << "; " << kilobytes << " kB, " << threads
              << " threads: " << names << "\n";
    EXPECT_EQ(Count(calls, "OK"), count) << Summary(calls);
    const absl::Time last_begun =
        std::max_element(calls.begin(), calls.end(), [](const CrowdCall& a, const CrowdCall& b) {
          return a.began < b.began;
        })->began;
    EXPECT_LT(last_begun, first) << "they were not all under way at once";
    EXPECT_EQ(sandbox_.Messages(), count);
    if (!kSanitized) {
      EXPECT_LE(kilobytes, idle + count * kKilobytesPerCall);
    }
    EXPECT_LE(threads, kMostThreads) << names;
  }

  const std::shared_ptr<const google::protobuf::Message> send_ = std::make_shared<v4::SendChatMessageRequest>(
      Parse<v4::SendChatMessageRequest>(R"(chat_id: "chat_demo_1" content { text { text: "Hello" } })"));
  SandboxServer sandbox_;
};

// A connection for each: the gateway leaves half of its descriptors to its callers.
TEST_F(InFlightTest, OverHttp1) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const int share = static_cast<int>(std::min<rlim_t>(files.rlim_max, 1 << 20)) / 2 - 100;
  const int count = std::min(kMostCalls, share) / kConnections * kConnections;
  GatewayServer gateway(Patient(Options(sandbox_, count)));
  Carry(gateway, count);
}

TEST_F(InFlightTest, OverHttp2) {
  TempDir folder;
  const TlsFiles files = MakeTlsFiles(folder, "front");
  Http2Front front(files, sandbox_.address());
  GatewayOptions options = Options(sandbox_, kMostCalls);
  options.upstream = front.address();
  options.scheme = "https";
  options.upstream_settings += ", ca_file: '" + files.authority + "'";
  GatewayServer gateway(Patient(options));
  Carry(gateway, kMostCalls);
}

TEST_F(InFlightTest, OneTooManyIsRefusedAtOnce) {
  constexpr int kCap = 500;
  constexpr int kTries = 20;
  GatewayServer gateway(Options(sandbox_, kCap));
  sandbox_.Break({{"delay_before_ms", kDelayMs}}, kCap);
  Crowd crowd({gateway.address()}, Members(kCap));
  ASSERT_TRUE(sandbox_.AwaitRequests(kCap));
  const Caller caller(gateway.address());
  v4::SendChatMessageResponse reply;
  // The machine may pause any one of them.
  absl::Duration least = absl::InfiniteDuration();
  for (int i = 0; i < kTries; ++i) {
    const Result refused = caller.Call(*send_, &reply);
    ASSERT_EQ(refused.Reason(), "GATEWAY_OVERLOADED") << refused;
    EXPECT_EQ(refused.code, google::rpc::UNAVAILABLE) << refused;
    least = std::min(least, refused.took);
  }
  if (!kSanitized) {
    EXPECT_LT(least, absl::Milliseconds(5));
  }
  EXPECT_EQ(caller.Health(""), "SERVING");
  EXPECT_EQ(Fetch("GET", gateway.http_address(), "/readyz").status, 200);
  ASSERT_TRUE(crowd.AwaitAll());
  const std::vector<CrowdCall> calls = crowd.End();
  EXPECT_EQ(Count(calls, "OK"), kCap) << Summary(calls);
  const Result taken = caller.Call(*send_, &reply);
  EXPECT_EQ(taken.code, google::rpc::OK) << taken;
  EXPECT_EQ(sandbox_.Messages(), kCap + 1);
  std::cout << "refused after " << least << "\n";
}

}  // namespace
}  // namespace blooio::integration
