// A policy that is tried: what it refuses is served, and told in log and metrics.
#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "google/protobuf/empty.pb.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/observed.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using ::testing::SizeIs;

struct Row {
  std::shared_ptr<google::protobuf::Message> request;
  // The rule that it breaks, or "".
  std::string rule;
};

std::vector<Row> Rows() {
  const auto make = [](auto message) { return std::make_shared<decltype(message)>(std::move(message)); };
  const auto send = [&](const std::string& text) {
    return make(Parse<v2::SendMessageRequest>("text: 'hi' " + text));
  };
  const auto group = [&](const std::string& channel) {
    return make(Parse<v4::CreateGroupRequest>("members { identifier: '+15551230001' } channel_id: '" +
                                              channel + "'"));
  };
  return {
      {send("chat_id { phone_number: '+15551230001' } from_number: '+15550000001'"), ""},
      {group("ch_blooio_1"), ""},
      {make(v4::ListGroupsRequest()), "method"},
      {send("chat_id { phone_number: '+15551230001' }"), "sender"},
      {send("chat_id { phone_number: '+15551230001' } from_number: '+15550000002'"), "sender"},
      {group("ch_whatsapp_1"), "channel"},
      {make(Parse<v4::SendChatMessageRequest>("chat_id: 'chat_demo_1' content { text { text: 'hi' } }")),
       "channel"},
      {send("chat_id { recipients { identifiers: '+15551230001' identifiers: '+15551230002' "
            "identifiers: '+15551230003' } } from_number: '+15550000001'"),
       "recipients"},
  };
}

// Two callers with the same grants; those of `trial` are in shadow mode.
class ShadowTest : public ::testing::Test {
 protected:
  GatewayOptions Options() const {
    const std::string grants =
        "], accounts: [main], methods: ['blooio.v2.MessagesService/*', 'blooio.v4.MessagesService/*', "
        "'blooio.v4.GroupsService/CreateGroup'], senders: ['+15550000001'], channels: [ch_blooio_1], "
        "max_recipients: 2";
    GatewayOptions options;
    options.sections = "http: { listen: '127.0.0.1:0' }\ncallers:\n  - { name: trial, token_sha256: [" +
                       trial_.digest + grants + ", shadow: true }\n  - { name: strict, token_sha256: [" +
                       strict_.digest + grants + " }\n";
    return options;
  }
  Result Call(const Row& row, const CallerToken& token, const std::string& account = "main") {
    google::protobuf::Empty reply;
    const Result result = stack_.caller.Call(*row.request, &reply,
                                             {.metadata = {token.metadata(), {"blooio-account", account}}});
    // A line comes after its call's answer, and the next call's could overtake it.
    EXPECT_TRUE(stack_.gateway.process().WaitForError(R"("event":"call")", absl::Seconds(30), ++calls_));
    return result;
  }
  // The lines of all calls; the gateway has ended then.
  std::vector<Json> Lines() {
    EXPECT_EQ(stack_.gateway.Stop(), 0);
    return CallLines(stack_.gateway);
  }

  const CallerToken trial_, strict_;
  Stack stack_{Options()};
  int calls_ = 0;
};

TEST_F(ShadowTest, ServesAndTellsWhatItWouldRefuse) {
  const std::vector<Row> rows = Rows();
  std::map<std::string, int> broken;
  for (const Row& row : rows) {
    const Result result = Call(row, trial_);
    EXPECT_EQ(result.code, google::rpc::OK) << row.rule << result;
    if (!row.rule.empty()) ++broken[row.rule];
  }
  EXPECT_THAT(stack_.sandbox.Requests(), SizeIs(rows.size()));
  EXPECT_THAT(broken, SizeIs(4)) << "each rule is broken";

  const auto metrics = Scrape(stack_.gateway);
  EXPECT_EQ(metrics.Count("blooio_gateway_shadow_refusals_total"), broken.size());
  for (const auto& [rule, count] : broken) {
    EXPECT_EQ(metrics[R"(blooio_gateway_shadow_refusals_total{caller="trial",rule=")" + rule + R"("})"],
              count);
  }
  EXPECT_EQ(metrics.Sum("blooio_gateway_calls_total", R"(code="OK")"), rows.size());

  const std::vector<Json> lines = Lines();
  ASSERT_THAT(lines, SizeIs(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(lines[i]["code"], "OK") << lines[i];
    EXPECT_EQ(lines[i].value("rule", ""), rows[i].rule) << lines[i];
    EXPECT_EQ(lines[i].value("shadow", Json()), rows[i].rule.empty() ? Json() : Json(true)) << lines[i];
  }
}

TEST_F(ShadowTest, WithoutItTheSameIsRefusedAndTold) {
  const std::vector<Row> rows = Rows();
  size_t served = 0;
  for (const Row& row : rows) {
    const Result result = Call(row, strict_);
    EXPECT_EQ(result.Fact("rule"), row.rule) << result;
    EXPECT_EQ(result.Reason(), row.rule.empty() ? "" : "CALLER_NOT_ALLOWED") << result;
    if (row.rule.empty()) ++served;
  }
  EXPECT_THAT(stack_.sandbox.Requests(), SizeIs(served));
  EXPECT_EQ(Scrape(stack_.gateway).Count("blooio_gateway_shadow_refusals_total"), 0u);

  const std::vector<Json> lines = Lines();
  ASSERT_THAT(lines, SizeIs(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(lines[i]["code"], rows[i].rule.empty() ? "OK" : "PERMISSION_DENIED") << lines[i];
    EXPECT_EQ(lines[i].value("rule", ""), rows[i].rule) << lines[i];
    EXPECT_FALSE(lines[i].contains("shadow")) << lines[i];
  }
}

TEST_F(ShadowTest, AccountsHoldAllTheSame) {
  EXPECT_EQ(Call(Rows().front(), trial_, "mars").Reason(), "CALLER_NOT_ALLOWED");
  EXPECT_THAT(stack_.sandbox.Requests(), SizeIs(0));
  EXPECT_EQ(Scrape(stack_.gateway).Count("blooio_gateway_shadow_refusals_total"), 0u);
  const std::vector<Json> lines = Lines();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].value("rule", ""), "account") << lines[0];
  EXPECT_FALSE(lines[0].contains("shadow")) << lines[0];
}

}  // namespace
}  // namespace blooio::integration
