// What Blooio's refusals and bad key files may cost: the calls that are refused, no
// others.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/load.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(60);

class RefusedKeysTest : public ::testing::Test {
 protected:
  Result Send() const {
    v2::SendMessageRequest request;
    request.mutable_chat_id()->set_phone_number("+15551234567");
    request.set_text("hi");
    v2::SendMessageResponse reply;
    return stack_.caller.Call(request, &reply);
  }
  Result List() const {
    v4::ListGroupsResponse reply;
    return stack_.caller.Call(v4::ListGroupsRequest(), &reply);
  }
  int Probes() const {
    int count = 0;
    for (const Recorded& request : stack_.sandbox.Requests()) count += request.target == "/v4/me" ? 1 : 0;
    return count;
  }
  bool Says(const std::string& text) { return stack_.gateway.process().WaitForError(text, kPatience); }
  int Said(const std::string& text) {
    const std::string said = stack_.gateway.process().err();
    int count = 0;
    for (size_t at = 0; (at = said.find(text, at)) != std::string::npos; at += text.size()) ++count;
    return count;
  }
  // Ends the gateway, so that the log is complete.
  void End() { EXPECT_EQ(stack_.gateway.Stop(), 0); }

  Stack stack_;
};

TEST_F(RefusedKeysTest, ARouteThatAlwaysAnswers401LeavesOthersAlone) {
  stack_.sandbox.Break({{"status", 401}}, 1'000'000, {{"target_prefix", "/v4/groups"}});
  Load load(8, [this](int, int) {
    EXPECT_EQ(List().Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
    return Send();
  });
  EXPECT_TRUE(load.Await(400));
  load.End();
  EXPECT_EQ(load.failures(), "");
  EXPECT_TRUE(Says("route_refused"));
  EXPECT_LE(Probes(), 2);
  End();
  EXPECT_EQ(Said("account_without_key"), 0);
}

TEST_F(RefusedKeysTest, AStray401AndABusyProbeFailThatCallOnly) {
  stack_.sandbox.Break({{"status", 503}}, 1, {{"target_prefix", "/v4/me"}});
  stack_.sandbox.Break({{"status", 401}}, 1, {{"verb", "POST"}});
  EXPECT_EQ(Send().Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Send().code, 0);
  EXPECT_EQ(Probes(), 1);
  End();
  EXPECT_EQ(Said("account_without_key"), 0);
}

TEST_F(RefusedKeysTest, AProbeBringsAMarkedAccountBackWithinItsPeriod) {
  stack_.sandbox.Accept({});
  EXPECT_EQ(Send().Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  ASSERT_TRUE(Says("account_without_key"));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Send().Reason(), "ACCOUNT_WITHOUT_KEY");
  // Whatever else is new: it is the same account that is asked for.
  const std::string config = stack_.gateway.config_file();
  for (int i = 1; i <= 5; ++i) {
    std::ofstream(config, std::ios::app)
        << (i == 1 ? "callers:\n" : "") << "  - { name: c" << i << ", token_sha256: [" << std::string(63, 'a')
        << i << "], accounts: [main], methods: ['*'] }\n";
    ASSERT_TRUE(Says(absl::StrCat(R"("callers":)", i, "}")));
    ASSERT_EQ(Said("configuration_loaded"), i);
    EXPECT_EQ(Send().Reason(), "ACCOUNT_WITHOUT_KEY");
  }
  EXPECT_EQ(Probes(), 1);
  stack_.sandbox.Accept({stack_.sandbox.key()});
  ASSERT_TRUE(Says("account_back"));
  EXPECT_EQ(Send().code, 0);
  EXPECT_EQ(Probes(), 2);
  End();
  EXPECT_EQ(Said("account_without_key"), 1);
  // The account's line is the alarm, not those of the calls that it fails.
  EXPECT_EQ(Said(R"("level":"error","event":"call")"), 1);
}

TEST_F(RefusedKeysTest, AHalfWrittenKeyCostsNoCall) {
  const std::string next = absl::StrCat("bl_test_", RandomHex(32));
  stack_.sandbox.Accept({stack_.sandbox.key(), next});
  Load load(8, [this](int, int) { return Send(); });
  EXPECT_TRUE(load.Await(50));
  const auto path = std::filesystem::path(stack_.gateway.config_file()).parent_path() / "key";
  std::ofstream file(path);
  file << next.substr(0, 20) << std::flush;
  // An event, as another program may cause it.
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  EXPECT_TRUE(Says("replaced_key_in_use"));
  EXPECT_TRUE(load.Await(50));
  file << next.substr(20);
  file.close();
  EXPECT_TRUE(Says(SandboxServer::Fingerprint(next).substr(sizeof "Bearer sha256:" - 1)));
  EXPECT_TRUE(load.Await(50));
  EXPECT_EQ(stack_.sandbox.Requests().back().Header("Authorization"), SandboxServer::Fingerprint(next));
  load.End();
  EXPECT_EQ(load.failures(), "");
  End();
  EXPECT_EQ(Said("account_without_key"), 0);
  EXPECT_THAT(stack_.gateway.process().err(), Not(HasSubstr(next.substr(8, 12))));
}

}  // namespace
}  // namespace blooio::integration
