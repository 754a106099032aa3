// What callers are granted, and how a changed configuration changes that in a
// running gateway.
#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/time/clock.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/connections.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/load.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(30);

// Two sandboxes, one account each.
class PolicyTest : public testing::Test {
 protected:
  // A caller's entry in the configuration.
  static std::string Entry(const std::string& name, const CallerToken& token, const std::string& grants) {
    return "  - { name: " + name + ", token_sha256: [" + token.digest + "], " + grants + " }\n";
  }

  std::string Config(const std::string& callers, const std::string& server = "") const {
    const auto account = [](const std::string& name, const SandboxServer& sandbox) {
      return "  - { name: " + name + ", api_key_file: " + name + ".key, v2: { base_url: 'http://" +
             sandbox.address() + "/v2/api' }, v4: { base_url: 'http://" + sandbox.address() + "/v4' } }\n";
    };
    return "server: { listen: '127.0.0.1:0', drain_delay: 0s" + server + " }\naccounts:\n" +
           account("us", us_) + account("eu", eu_) + "callers:\n" + callers;
  }

  void Start(const std::string& callers, const std::string& server = "") {
    keys_.Write("us.key", us_.key());
    keys_.Write("eu.key", eu_.key());
    file_ = keys_.Write("gateway.yaml", Config(callers, server));
    gateway_ = std::make_unique<Process>(
        std::vector<std::string>{BLOOIO_GATEWAY, "--config", file_, "--log-level", "debug"});
    address_ = ReadyAddress(gateway_->WaitForLine(kPatience).value_or(""), "grpc");
    ASSERT_NE(address_, "") << gateway_->err();
    caller_ = std::make_unique<Caller>(address_);
  }

  // Replaces the file at once, as editors and the kubelet do.
  void Replace(const std::string& text) const {
    const std::string next = keys_.Write("gateway.yaml.next", text);
    std::filesystem::rename(next, file_);
  }

  Result Call(const google::protobuf::Message& request, const CallerToken& token,
              const std::string& account = "") const {
    CallOptions options;
    options.metadata = {token.metadata()};
    if (!account.empty()) options.metadata.emplace_back("blooio-account", account);
    google::protobuf::Empty reply;
    return caller_->Call(request, &reply, options);
  }

  static void ExpectRefused(const Result& result, const std::string& rule) {
    EXPECT_EQ(result.code, google::rpc::PERMISSION_DENIED) << result;
    EXPECT_EQ(result.Reason(), "CALLER_NOT_ALLOWED");
    EXPECT_EQ(result.Fact("rule"), rule);
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1");
  }

  SandboxServer us_;
  SandboxServer eu_;
  TempDir keys_;
  std::string file_;
  std::unique_ptr<Process> gateway_;
  std::string address_;
  std::unique_ptr<Caller> caller_;
};

v2::SendMessageRequest Send(const std::string& from = "") {
  auto request = Parse<v2::SendMessageRequest>(R"(chat_id { phone_number: "+15551230001" } text: "hi")");
  if (!from.empty()) request.set_from_number(from);
  return request;
}

TEST_F(PolicyTest, CallersDoWhatTheyAreGrantedAndNothingElse) {
  const CallerToken billing, reports, support;
  Start(
      Entry(
          "billing", billing,
          "accounts: [us], methods: ['blooio.v2.MessagesService/*', 'blooio.v4.GroupsService/CreateGroup'], "
          "senders: ['+15550000001'], channels: [ch_blooio_1], max_recipients: 2") +
      Entry("reports", reports, "accounts: [eu, us], methods: [reads]") +
      Entry("support", support, "accounts: [us], methods: ['*'], shadow: true, max_recipients: 1"));

  ExpectRefused(Call(v4::ListGroupsRequest(), billing), "method");
  ExpectRefused(Call(Send(), reports), "method");
  ExpectRefused(Call(Send(), billing), "sender");
  ExpectRefused(Call(Send("+15550000002"), billing), "sender");
  ExpectRefused(Call(Parse<v2::SendMessageRequest>(
                         R"(chat_id { recipients { identifiers: ["+15551", "+15552", "+15553"] } }
                            from_number: "+15550000001" text: "hi")"),
                     billing),
                "recipients");
  const auto group = [](const std::string& channel) {
    return Parse<v4::CreateGroupRequest>("channel_id: '" + channel +
                                         "' members { identifier: '+15551230001' }");
  };
  ExpectRefused(Call(group("ch_whatsapp_1"), billing), "channel");
  // What is somebody else's and what does not exist look alike.
  const Result others = Call(Send(), billing, "eu");
  ExpectRefused(others, "account");
  EXPECT_EQ(Call(Send(), billing, "mars").details, others.details);
  EXPECT_THAT(us_.Requests(), IsEmpty());
  EXPECT_THAT(eu_.Requests(), IsEmpty());

  EXPECT_EQ(Call(Send("+15550000001"), billing).code, google::rpc::OK);
  EXPECT_EQ(Call(group("ch_blooio_1"), billing).code, google::rpc::OK);
  EXPECT_EQ(us_.Requests().size(), 2u);
  EXPECT_EQ(Call(v4::ListGroupsRequest(), reports).code, google::rpc::OK);
  EXPECT_EQ(eu_.Requests().size(), 1u) << "the first account is the default";
  EXPECT_EQ(Call(v4::ListGroupsRequest(), reports, "us").code, google::rpc::OK);
  EXPECT_EQ(us_.Requests().size(), 3u);
  // Each account has its own key, and nobody's token went upstream.
  EXPECT_EQ(us_.Requests().back().Header("Authorization"), us_.KeyFingerprint());
  EXPECT_EQ(eu_.Requests().back().Header("Authorization"), eu_.KeyFingerprint());

  // In shadow mode everything is served, but for other accounts.
  EXPECT_EQ(
      Call(Parse<v2::SendMessageRequest>(
               R"(chat_id { recipients { identifiers: ["+15551230001", "+15551230002"] } } text: "hi")"),
           support)
          .code,
      google::rpc::OK);
  ExpectRefused(Call(Send(), support, "eu"), "account");
}

TEST_F(PolicyTest, AReloadGrantsAndRevokesOnOpenConnections) {
  const CallerToken billing, reports;
  const std::string billing_entry = Entry("billing", billing, "accounts: [us], methods: ['*']");
  const std::string reports_entry = Entry("reports", reports, "accounts: [us], methods: [reads]");
  Start(billing_entry);
  EXPECT_EQ(Call(Send(), billing).code, google::rpc::OK);
  const std::set<uint64_t> connections = ConnectionsTo(address_);
  EXPECT_EQ(Call(v4::ListGroupsRequest(), reports).code, google::rpc::UNAUTHENTICATED);

  Replace(Config(reports_entry));
  ASSERT_TRUE(gateway_->WaitForError(R"("event":"configuration_loaded")", kPatience)) << gateway_->err();
  const Result revoked = Call(Send(), billing);
  EXPECT_EQ(revoked.code, google::rpc::UNAUTHENTICATED);
  EXPECT_EQ(revoked.Reason(), "CALLER_UNAUTHENTICATED");
  EXPECT_EQ(Call(v4::ListGroupsRequest(), reports).code, google::rpc::OK);
  EXPECT_EQ(ConnectionsTo(address_), connections);
  EXPECT_THAT(gateway_->err(), Not(HasSubstr("restart_needed")));
}

TEST_F(PolicyTest, SighupReloadsToo) {
  const CallerToken billing;
  Start(Entry("billing", billing, "accounts: [us], methods: ['*']"));
  // The file's watch does not mind a file that is away for a moment.
  std::filesystem::remove(file_);
  gateway_->Signal(SIGHUP);
  EXPECT_TRUE(gateway_->WaitForError("gateway.yaml: cannot be read", kPatience)) << gateway_->err();
  EXPECT_EQ(Call(Send(), billing).code, google::rpc::OK);
  gateway_->Signal(SIGTERM);
  EXPECT_EQ(gateway_->WaitForExit(kPatience), 0);
}

TEST_F(PolicyTest, WhatNeedsARestartIsKeptAndNamed) {
  const CallerToken billing, other;
  const std::string entry = Entry("billing", billing, "accounts: [us], methods: ['*']");
  Start(entry);
  Replace(Config(entry + Entry("other", other, "accounts: [us], methods: [reads]"), ", threads: 4"));
  ASSERT_TRUE(gateway_->WaitForError("configuration_loaded", kPatience)) << gateway_->err();
  EXPECT_THAT(gateway_->err(), HasSubstr("restart_needed"));
  EXPECT_THAT(gateway_->err(), HasSubstr(R"("settings":"server")"));
  EXPECT_EQ(Call(Send(), billing).code, google::rpc::OK);
  EXPECT_EQ(Call(v4::ListGroupsRequest(), other).code, google::rpc::OK) << "the rest is taken over";
}

TEST_F(PolicyTest, WhatTheFileLacksMayComeLater) {
  const CallerToken billing;
  const std::string entry = Entry("billing", billing, "accounts: [us], methods: ['*']");
  Start(entry);
  const std::string late = keys_.path() / "late.key";
  std::string text = Config(entry);
  const size_t callers = text.find("callers:");
  Replace(text.insert(callers, "  - { name: late, api_key_file: " + late + " }\n"));
  ASSERT_TRUE(gateway_->WaitForError("late.key", kPatience)) << gateway_->err();
  keys_.Write("late.key", "bl_test_late");
  ASSERT_TRUE(gateway_->WaitForError("configuration_loaded", kPatience)) << gateway_->err();
  std::string said = gateway_->err();
  const size_t first = said.find("configuration_refused");
  EXPECT_EQ(said.find("configuration_refused", first + 1), std::string::npos) << "told once";
}

TEST_F(PolicyTest, AnInvalidFileChangesNothingAndSaysWhy) {
  const CallerToken billing;
  const std::string entry = Entry("billing", billing, "accounts: [us], methods: ['*']");
  Start(entry);
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {Config(Entry("billing", billing, "accounts: [mars], methods: ['*']")),
            "callers[0].accounts[0]: names no account of this file"},
           {Config(Entry("billing", billing, "accounts: [us], methods: [Send]")), "callers[0].methods[0]"},
           {Config(entry) + "nonsense: 1\n", "nonsense: unknown key"},
           {Config(entry) + "  - { name: x, ", "gateway.yaml:"}}) {
    Replace(text);
    EXPECT_TRUE(gateway_->WaitForError(why, kPatience)) << why;
    EXPECT_EQ(Call(Send(), billing).code, google::rpc::OK) << why;
  }
  EXPECT_THAT(gateway_->err(), HasSubstr("configuration_refused"));
  EXPECT_THAT(gateway_->err(), Not(HasSubstr("configuration_loaded")));
}

TEST_F(PolicyTest, ReloadsUnderLoadCostNoCallAndNoConnection) {
  const CallerToken billing, other;
  const std::string entry = Entry("billing", billing, "accounts: [us], methods: ['*']");
  const std::string more = entry + Entry("other", other, "accounts: [eu], methods: [reads]");
  Start(entry);
  EXPECT_EQ(Call(v4::ListGroupsRequest(), billing).code, google::rpc::OK);
  const std::set<uint64_t> connections = ConnectionsTo(address_);
  EXPECT_THAT(connections, SizeIs(1));
  Load load(8, [&](int, int) { return Call(v4::ListGroupsRequest(), billing); });
  for (int i = 0; i < 20; ++i) {
    Replace(Config(i % 2 == 0 ? more : entry));
    gateway_->Signal(SIGHUP);
    ASSERT_TRUE(load.Await(50));
  }
  load.End();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(ConnectionsTo(address_), connections);
  EXPECT_TRUE(gateway_->WaitForError("configuration_loaded", kPatience));
}

// A connection that is replaced is seen to be, though no call fails.
TEST_F(PolicyTest, AnOldConnectionIsReplacedAtNoCallsCost) {
  const CallerToken billing;
  Start(Entry("billing", billing, "accounts: [us], methods: ['*']"), ", max_connection_age: 3s");
  // As clients usually are: gRPC itself repeats what a connection that ends did not
  // take any more.
  caller_ = std::make_unique<Caller>(address_, "{}");
  EXPECT_EQ(Call(v4::ListGroupsRequest(), billing).code, google::rpc::OK);
  const std::set<uint64_t> connections = ConnectionsTo(address_);
  EXPECT_THAT(connections, SizeIs(1));
  Load load(8, [&](int, int) { return Call(v4::ListGroupsRequest(), billing); });
  const absl::Time until = absl::Now() + kPatience;
  while (ConnectionsTo(address_) == connections && absl::Now() < until) ASSERT_TRUE(load.Await(50));
  load.End();
  EXPECT_EQ(load.failures(), "");
  EXPECT_NE(ConnectionsTo(address_), connections);
}

}  // namespace
}  // namespace blooio::integration
