// The loop of the threads that serve, while an upstream that answers at once gives them reason
// to look before they sleep: it carries every call, and ends. When it looks: lookout_test.cc.
#include <gmock/gmock.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/crowd.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {
namespace {

// So many calls that it has had every reason to look, and to doubt it.
constexpr int kCalls = 500;

class LookingTest : public testing::TestWithParam<int> {
 protected:
  GatewayOptions Options() const {
    GatewayOptions options;
    options.upstream = sandbox_.address();
    options.key = sandbox_.key();
    options.server = absl::StrCat("drain_delay: 0s, threads: ", GetParam());
    options.upstream_settings = absl::StrCat("threads: ", GetParam());
    return options;
  }

  SandboxServer sandbox_;
};

TEST_P(LookingTest, CarriesEveryCallAndEndsAmongThem) {
  auto send = std::make_shared<v4::SendChatMessageRequest>();
  send->set_chat_id("chat_demo_1");
  send->mutable_content()->mutable_text()->set_text("Hello");
  int64_t done = 0;
  for (const int at_once : {1, 3, 16}) {
    GatewayServer gateway(Options());
    Crowd crowd({gateway.address()}, {{.at_once = at_once, .request = send}});
    EXPECT_TRUE(crowd.Await(kCalls));
    EXPECT_EQ(gateway.Stop(), 0) << gateway.process().err();
    const std::vector<CrowdCall> calls = crowd.End();
    const int64_t now_done = Count(calls, "OK");
    EXPECT_GE(now_done, kCalls) << Summary(calls);
    done += now_done;
    // What was answered has happened, and nothing else.
    EXPECT_EQ(sandbox_.Messages(), done) << at_once << " at once: " << Summary(calls);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, LookingTest, testing::Values(1, 2, 4));

}  // namespace
}  // namespace blooio::integration
