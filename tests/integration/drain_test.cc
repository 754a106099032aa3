// How the gateway ends: what runs finishes, what comes is sent elsewhere, and it
// always ends.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <semaphore>
#include <string_view>
#include <thread>

#include "absl/time/clock.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/health_watch.h"
#include "tests/integration/harness/raw_server.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using google::rpc::Code;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

// A gateway in front of a server that answers when the test says so, with one
// call under way.
class DrainTest : public testing::Test {
 protected:
  void Start(const std::string& server_settings) {
    GatewayOptions options;
    options.upstream = upstream_.address();
    options.server = server_settings;
    gateway_ = std::make_unique<GatewayServer>(options);
    caller_ = std::make_unique<Caller>(gateway_->address());
    pending_ = caller_->Start(request_, &reply_);
    ASSERT_TRUE(upstream_.AwaitText("\r\n\r\n", kPatience));
  }
  bool Draining() { return gateway_->process().WaitForError(R"("event":"draining")", kPatience); }
  // A caller that comes now.
  Result Another() {
    v4::ListGroupsResponse reply;
    return Caller(gateway_->address()).Call(v4::ListGroupsRequest(), &reply, {.deadline = absl::Seconds(1)});
  }

  RawServer upstream_;
  std::unique_ptr<GatewayServer> gateway_;
  std::unique_ptr<Caller> caller_;
  const v4::ListGroupsRequest request_;
  v4::ListGroupsResponse reply_;
  std::unique_ptr<Caller::Pending> pending_;
};

TEST_F(DrainTest, DuringTheDelayItServesButSaysNotServing) {
  Start("drain_delay: 60s");
  for (const char* service : {"", "blooio.v2.GroupsService", "blooio.v2.MessagesService",
                              "blooio.v4.GroupsService", "blooio.v4.MessagesService"}) {
    EXPECT_EQ(caller_->Health(service), "SERVING") << service;
  }
  EXPECT_EQ(caller_->Health("blooio.v9.Nothing"), "NOT_FOUND");
  gateway_->process().Signal(SIGTERM);
  ASSERT_TRUE(Draining());
  for (const char* service : {"", "blooio.v2.GroupsService", "blooio.v2.MessagesService",
                              "blooio.v4.GroupsService", "blooio.v4.MessagesService"}) {
    EXPECT_EQ(caller_->Health(service), "NOT_SERVING") << service;
  }
  // The next call is still taken: an invalid one, which needs no upstream.
  v4::GetGroupResponse reply;
  EXPECT_EQ(Caller(gateway_->address()).Call(v4::GetGroupRequest(), &reply).Reason(), "INVALID_REQUEST");
  upstream_.Answer(kAnswer);
  EXPECT_EQ(pending_->Wait().code, Code::OK);
  // A second signal ends the delay.
  gateway_->process().Signal(SIGTERM);
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 0);
}

// Watches have no end of their own: they learn of the drain, outlast the calls, and keep
// nothing from ending.
TEST_F(DrainTest, WatchesOfHealthEndWithTheServer) {
  Start("drain_delay: 60s, drain_timeout: 60s");
  HealthWatch all(gateway_->address(), "");
  HealthWatch one(gateway_->address(), "blooio.v4.GroupsService");
  HealthWatch unknown(gateway_->address(), "blooio.v9.Nothing");
  std::vector<std::unique_ptr<HealthWatch>> unread;
  for (int i = 0; i < 20; ++i) unread.push_back(std::make_unique<HealthWatch>(gateway_->address(), ""));
  EXPECT_EQ(all.Next(), "SERVING");
  EXPECT_EQ(one.Next(), "SERVING");
  EXPECT_EQ(unknown.Next(), "SERVICE_UNKNOWN");
  gateway_->process().Signal(SIGTERM);
  EXPECT_EQ(all.Next(), "NOT_SERVING");
  EXPECT_EQ(one.Next(), "NOT_SERVING");
  gateway_->process().Signal(SIGTERM);
  upstream_.Answer(kAnswer);
  EXPECT_EQ(pending_->Wait().code, Code::OK);
  const absl::Time began = absl::Now();
  EXPECT_EQ(all.Next(), "");
  EXPECT_EQ(unknown.Next(), "");
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 0);
  EXPECT_LT(absl::Now() - began, absl::Seconds(10));
}

TEST_F(DrainTest, ACallUnderWayFinishesAndNewOnesAreRefused) {
  Start("drain_delay: 0s");
  gateway_->process().Signal(SIGTERM);
  ASSERT_TRUE(Draining());
  // Until the listener is gone, a moment after the log line, gRPC itself ends
  // what still comes: cancelled, or never answered.
  Result refused;
  for (const absl::Time until = absl::Now() + kPatience; absl::Now() < until;) {
    refused = Another();
    EXPECT_NE(refused.code, Code::OK);
    if (refused.code == Code::UNAVAILABLE) break;
  }
  EXPECT_EQ(refused.code, Code::UNAVAILABLE) << refused;
  EXPECT_FALSE(gateway_->process().WaitForExit(absl::ZeroDuration()).has_value());
  upstream_.Answer(kAnswer);
  EXPECT_EQ(pending_->Wait().code, Code::OK) << pending_->Wait();
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 0);
}

TEST_F(DrainTest, ACallThatNeverEndsIsCancelled) {
  Start("drain_delay: 0s, drain_timeout: 300ms");
  const absl::Time began = absl::Now();
  gateway_->process().Signal(SIGTERM);
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 0);
  EXPECT_GE(absl::Now() - began, absl::Milliseconds(300));
  EXPECT_LT(absl::Now() - began, absl::Seconds(10));
  EXPECT_NE(pending_->Wait().code, Code::OK) << pending_->Wait();
  EXPECT_TRUE(upstream_.AwaitEnd(kPatience));
}

TEST_F(DrainTest, WithoutTimeoutItEndsAtOnce) {
  Start("drain_delay: 0s, drain_timeout: 0s");
  gateway_->process().Signal(SIGTERM);
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 0);
  EXPECT_NE(pending_->Wait().code, Code::OK);
}

// Stopping the process for a moment, as a debugger or a container's pause does,
// is no signal to end.
TEST_F(DrainTest, BeingPausedDoesNotEndTheDelay) {
  Start("drain_delay: 60s");
  gateway_->process().Signal(SIGTERM);
  ASSERT_TRUE(Draining());
  gateway_->process().Signal(SIGSTOP);
  gateway_->process().Signal(SIGCONT);
  EXPECT_FALSE(gateway_->process().WaitForError(R"("event":"stopped")", absl::Milliseconds(300)));
  EXPECT_EQ(Caller(gateway_->address()).Health(""), "NOT_SERVING");
}

// A log collector that has stalled: stderr is full and nobody reads it.
TEST(StalledLogTest, DoesNotKeepTheProcessFromEnding) {
  if (std::string_view(BLOOIO_SANITIZE) == "thread") GTEST_SKIP() << "its _exit flushes stderr";
  TempDir folder;
  folder.Write("key", "bl_test_of_nobody\n");
  const std::string config = folder.Write("gateway.yaml", ConfigText(GatewayOptions(), "key"));
  const std::string pipe = (folder.path() / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int end = open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(end, 0);
  while (write(end, "x", 1) == 1) {
  }
  Process process({"/bin/sh", "-c", R"(exec "$0" --config "$1" 2> "$2")", BLOOIO_GATEWAY, config, pipe});
  ASSERT_TRUE(process.WaitForLine(kPatience).has_value());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.WaitForExit(kPatience), 0);
  close(end);
}

// Calls arrive, run, end and are cancelled while it ends: it has to survive all
// of that, again and again.
TEST(DrainUnderLoadTest, EndsCleanly) {
  for (int round = 0; round < 6; ++round) {
    SandboxServer sandbox;
    GatewayOptions options;
    options.upstream = sandbox.address();
    options.key = sandbox.key();
    options.server = round % 2 == 0 ? "drain_delay: 0s, drain_timeout: 0s" : "drain_delay: 0s";
    sandbox.Break({{"delay_before_ms", 5}}, 1000);
    GatewayServer gateway(options);
    std::counting_semaphore<> answers(0);
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        Caller caller(gateway.address());
        v4::ListGroupsResponse reply;
        while (!stop && caller.Call(v4::ListGroupsRequest(), &reply).code == Code::OK) answers.release();
      });
    }
    for (int i = 0; i < 50; ++i) answers.acquire();
    EXPECT_EQ(gateway.Stop(), 0) << gateway.process().err();
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace blooio::integration
