// Requests that break the contract: one BadRequest names every violation, and
// nothing reaches the upstream.
#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class BadInputTest : public StackTest<BadInputTest> {
 protected:
  template <class Request>
  static std::string Refused(const Request& request, const std::vector<std::string>& paths) {
    SCOPED_TRACE(request.ShortDebugString().substr(0, 200));
    // Every reply parses as a message without fields.
    google::protobuf::Empty reply;
    const Result result = caller().Call(request, &reply);
    EXPECT_EQ(result.code, google::rpc::INVALID_ARGUMENT) << result;
    EXPECT_EQ(result.Reason(), "INVALID_REQUEST") << result;
    EXPECT_EQ(result.Fact("account"), "main");
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1");
    EXPECT_TRUE(result.Trailer("blooio-attempts").empty());
    EXPECT_TRUE(result.Trailer("blooio-upstream-status").empty());
    EXPECT_LT(result.details.size(), 4096u);
    std::vector<std::string> found;
    const auto bad = result.Only<google::rpc::BadRequest>();
    if (bad) {
      for (const auto& violation : bad->field_violations()) found.push_back(violation.field());
    }
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(paths)) << result;
    return result.Fact("more_violations");
  }
  void TearDown() override { EXPECT_TRUE(sandbox().Requests().empty()); }

  template <class Request>
  static std::string Refused(const std::string& text, const std::vector<std::string>& paths) {
    return Refused(Parse<Request>(text), paths);
  }
  static std::string Keyed(const std::string& chat, const std::string& key) {
    return chat + " idempotency_key: \"" + key + "\"";
  }
};

TEST_F(BadInputTest, NamesEveryViolation) {
  Refused<v2::CreateGroupRequest>("", {"name"});
  Refused<v2::CreateGroupRequest>(
      R"(members: "+15557770001" members: "x" members: "" idempotency_key: "a b")",
      {"name", "members[1]", "members[2]", "idempotency_key"});
  Refused<v2::CreateGroupRequest>("name: \"" + std::string(256, 'x') + "\"", {"name"});
  Refused<v2::SendMessageRequest>("", {"chat_id"});
  Refused<v2::SendMessageRequest>(R"(chat_id {} text: "a" texts: "b" from_number: "12" attachments {})",
                                  {"chat_id", "texts", "from_number", "attachments[0]"});
  Refused<v2::SendMessageRequest>(R"(chat_id { recipients {} } attachments { file {} })",
                                  {"chat_id.recipients.identifiers", "attachments[0].file.url"});
  Refused<v2::SendMessageRequest>(
      R"(chat_id { recipients { identifiers: "+15557770001,+1555" identifiers: "a b@c" } })",
      {"chat_id.recipients.identifiers[0]", "chat_id.recipients.identifiers[1]"});
  Refused<v2::SendMessageRequest>(R"(chat_id { group_id: "../groups" })", {"chat_id.group_id"});
  Refused<v2::SendMessageRequest>(R"(chat_id { email: "" })", {"chat_id.email"});
  Refused<v4::CreateGroupRequest>("", {"channel_id", "members"});
  Refused<v4::CreateGroupRequest>(
      R"(channel_id: "c" members {} members { object {} } members { identifier: "x" })",
      {"members[0]", "members[1].object.identifier", "members[2].identifier"});
  Refused<v4::ListGroupsRequest>("limit: 0", {"limit"});
  Refused<v4::ListGroupsRequest>("limit: 201", {"limit"});
  Refused<v4::ListGroupsRequest>("limit: -2147483648", {"limit"});
  Refused<v4::GetGroupRequest>("", {"group_id"});
  Refused<v4::GetGroupRequest>(R"(group_id: "..")", {"group_id"});
  Refused<v4::GetGroupRequest>(R"(group_id: ".")", {"group_id"});
  Refused<v4::SendChatMessageRequest>("", {"chat_id", "content"});
  Refused<v4::SendChatMessageRequest>(R"(chat_id: "grp_1" content {})", {"chat_id", "content"});
  Refused<v4::SendChatMessageRequest>(R"(chat_id: "chat_1" content { text {} })", {"content.text.text"});
}

TEST_F(BadInputTest, NothingButVisibleAsciiTravelsInAHeader) {
  const std::string v2 = R"(chat_id { phone_number: "+15557770001" } text: "a")";
  const std::string v4 = R"(chat_id: "chat_demo_1" content { text { text: "a" } })";
  for (const std::string key :
       {R"(a\r\nX-Evil: 1)", R"(a\nb)", R"(a\rb)", R"(a\000b)", "a b", "\\303\\251", "\\177", ""}) {
    Refused<v2::SendMessageRequest>(Keyed(v2, key), {"idempotency_key"});
    Refused<v4::SendChatMessageRequest>(Keyed(v4, key), {"idempotency_key"});
    Refused<v2::SendMessageRequest>(v2 + R"( from_number: "+1555)" + key + "\\r\"", {"from_number"});
  }
  Refused<v2::SendMessageRequest>(Keyed(v2, std::string(256, 'k')), {"idempotency_key"});
}

TEST_F(BadInputTest, ManyViolationsAreCountedAndStaySmall) {
  v2::CreateGroupRequest request;
  for (int i = 0; i < 1000; ++i) request.add_members(std::string(500, 'x'));
  std::vector<std::string> paths = {"name"};
  for (int i = 0; i < 15; ++i) paths.push_back("members[" + std::to_string(i) + "]");
  EXPECT_EQ(Refused(request, paths), "985");
}

TEST_F(BadInputTest, DoesNotRepeatTheValues) {
  google::protobuf::Empty reply;
  const Result result = caller().Call(
      Parse<v2::SendMessageRequest>(R"(chat_id { phone_number: "private-number" } from_number: "private" )"
                                    R"(idempotency_key: "private key" texts: "private" text: "private")"),
      &reply);
  EXPECT_EQ(result.code, google::rpc::INVALID_ARGUMENT);
  EXPECT_THAT(result.message + result.status.DebugString(), Not(HasSubstr("private")));
}

// gRPC's own refusals carry no ErrorInfo, and reach nobody either.
TEST_F(BadInputTest, RequestsOverTheSizeAndUnknownMethodsAreRefusedByGrpc) {
  v2::SendMessageRequest request;
  request.mutable_chat_id()->set_phone_number("+15557770001");
  request.set_text(std::string(2 << 20, 'x'));
  v2::SendMessageResponse reply;
  EXPECT_EQ(caller().Call(request, &reply).code, google::rpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(caller().CallMethod("/blooio.v2.MessagesService/Nothing", request, &reply).code,
            google::rpc::UNIMPLEMENTED);
  EXPECT_EQ(caller()
                .CallMethod("/blooio.v2.MessagesService/SendMessage",
                            Parse<v4::GetGroupRequest>("group_id: \"\\001\\002\""), &reply)
                .code,
            google::rpc::INTERNAL);
}

}  // namespace
}  // namespace blooio::integration
