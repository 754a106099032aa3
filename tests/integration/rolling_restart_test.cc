// Gateways that are replaced while calls go on, and connections that are: no call learns
// of it.
#include <gmock/gmock.h>

#include <array>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/crowd.h"
#include "tests/integration/harness/gate.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {
namespace {

using Message = google::protobuf::Message;

constexpr absl::Duration kPatience = absl::Seconds(30);
// Of each kind.
constexpr int kAtOnce = 16;
// What README.md tells callers of more than one gateway to use.
constexpr char kServiceConfig[] =
    R"({"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}})";
constexpr char kWithoutHealth[] = R"({"loadBalancingConfig": [{"round_robin": {}}]})";
// What gRPC does by itself.
constexpr char kStockConfig[] = "{}";

class RollingRestartTest : public testing::Test {
 protected:
  // So that there are calls under way at any moment.
  RollingRestartTest() { sandbox_.Break({{"delay_before_ms", 50}}, 1'000'000); }

  GatewayOptions Options(const std::string& server) const {
    GatewayOptions options;
    options.upstream = sandbox_.address();
    options.key = sandbox_.key();
    options.server = server;
    return options;
  }

  // A send like no other.
  std::shared_ptr<const Message> Send(bool keyed) {
    auto send = std::make_shared<v4::SendChatMessageRequest>();
    send->set_chat_id("chat_demo_1");
    send->mutable_content()->mutable_text()->set_text(absl::StrCat("Hello ", ++sends_));
    if (keyed) send->set_idempotency_key(absl::StrCat("key-", sends_));
    return send;
  }
  // Reads, and sends with and without a key.
  std::vector<CrowdMember> Callers() {
    std::vector<CrowdMember> callers(3, {.at_once = kAtOnce});
    callers[1].next = [this] { return Send(true); };
    callers[2].next = [this] { return Send(false); };
    return callers;
  }

  // Two gateways behind one channel, each of them replaced, twice round.
  std::vector<CrowdCall> Roll(const std::string& server, const std::string& service_config) {
    std::array<std::unique_ptr<GatewayServer>, 2> gateways;
    for (auto& gateway : gateways) gateway = std::make_unique<GatewayServer>(Options(server));
    Crowd crowd({absl::StrCat("ipv4:", gateways[0]->address(), ",", gateways[1]->address())}, Callers(),
                service_config);
    for (int round = 0; round < 2; ++round) {
      for (auto& gateway : gateways) {
        for (const auto& each : gateways) EXPECT_TRUE(Carries(*each));
        EXPECT_EQ(gateway->Stop(), 0) << gateway->process().err();
        EXPECT_TRUE(crowd.Await(10 * kAtOnce));
        GatewayOptions again = Options(server);
        again.listen = gateway->address();
        gateway = std::make_unique<GatewayServer>(again);
      }
    }
    EXPECT_TRUE(Carries(*gateways[1]));
    return crowd.End();
  }
  static bool Carries(GatewayServer& gateway) {
    return gateway.process().WaitForError(R"("event":"call")", kPatience);
  }

  // Every send that was OK happened, once, and no other did.
  void CheckSends(const std::vector<CrowdCall>& calls) const {
    const int64_t done =
        CountIf(calls, [](const CrowdCall& call) { return call.what == "OK" && call.member > 0; });
    EXPECT_EQ(sandbox_.Messages(), done) << Summary(calls);
    std::set<std::string> texts;
    for (const Json& message : sandbox_.ShowMessages()) {
      EXPECT_TRUE(texts.insert(message["text"]).second) << message;
    }
  }

  SandboxServer sandbox_;
  int64_t sends_ = 0;
};

TEST_F(RollingRestartTest, NoCallLearnsOfIt) {
  const std::vector<CrowdCall> calls = Roll("drain_delay: 3s, drain_timeout: 10s", kServiceConfig);
  EXPECT_EQ(Count(calls, "OK"), static_cast<int64_t>(calls.size())) << Summary(calls);
  CheckSends(calls);
  std::cout << calls.size() << " calls\n";
}

// A caller that goes on calling a gateway that ends, as it watches no health: what has come
// before the end is carried; gRPC cuts off what crosses its GOAWAY, which nobody has begun.
TEST_F(RollingRestartTest, WhatCrossesAGoawayDoesNotHappen) {
  const std::vector<CrowdCall> calls = Roll("drain_delay: 0s, drain_timeout: 10s", kWithoutHealth);
  EXPECT_EQ(Count(calls, "GATEWAY_DRAINING"), 0) << Summary(calls);
  CheckSends(calls);
  std::cout << Summary(calls);
}

// The gateway itself ends connections, so that load finds its way to new gateways.
TEST_F(RollingRestartTest, NoCallLearnsOfAConnectionsAge) {
  GatewayServer gateway(Options("max_connection_age: 1s, drain_delay: 0s"));
  Gate gate(gateway.address());
  Crowd crowd({gate.address()}, Callers(), kStockConfig);
  const absl::Time until = absl::Now() + kPatience;
  while (gate.connections() < 6 && absl::Now() < until) ASSERT_TRUE(crowd.Await(10 * kAtOnce));
  EXPECT_GE(gate.connections(), 6);
  const std::vector<CrowdCall> calls = crowd.End();
  EXPECT_EQ(Count(calls, "OK"), static_cast<int64_t>(calls.size())) << Summary(calls);
  CheckSends(calls);
  std::cout << calls.size() << " calls over " << gate.connections() << " connections\n";
}

}  // namespace
}  // namespace blooio::integration
