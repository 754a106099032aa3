// Answers that are not quite what the API pages say: read leniently, and never
// taken for more than they are.
#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class AnswersTest : public StackTest<AnswersTest> {
 protected:
  static Result Ask(const google::protobuf::Message& request, google::protobuf::Message* reply,
                    const Json& fault) {
    sandbox().Break(fault);
    return caller().Call(request, reply);
  }
  static v2::SendMessageRequest Send(const std::string& more = "") {
    return Parse<v2::SendMessageRequest>(R"(chat_id { phone_number: "+15557770001" } text: "hi" )" + more);
  }
  static v4::SendChatMessageRequest SendChat(const std::string& more = "") {
    return Parse<v4::SendChatMessageRequest>(R"(chat_id: "chat_demo_1" content { text { text: "hi" } } )" +
                                             more);
  }
};

struct Row {
  std::string body;
  std::string reply;
};

TEST_F(AnswersTest, GroupsAreReadLeniently) {
  const Row rows[] = {
      {R"({"data":{"id":"grp_1"}})", R"(data { id: "grp_1" })"},
      {R"({"id":"grp_1","members":[]})", R"(data { id: "grp_1" })"},  // data is missing
      {"{}", ""},
      {R"({"data":null})", ""},
      {R"({"data":{}})", "data { }"},
      {R"({"data":{"id":null,"members":null,"created_at":null}})", "data { }"},
      {R"({"data":{"id":"g","future":{"a":[1,{"b":2}]},"more":[1]},"other":1})", R"(data { id: "g" })"},
      {R"({"data":{"id":7,"name":["x"],"chat_linked":"yes","members":"none","icon_url":"u"}})",
       R"(data { icon_url: "u" })"},
      {R"({"data":{"channel_type":"pigeon"}})", "data { channel_type: CHANNEL_TYPE_UNSPECIFIED }"},
      {R"({"data":{"channel_type":"whatsapp_business"}})",
       "data { channel_type: CHANNEL_TYPE_WHATSAPP_BUSINESS }"},
      {R"({"data":{"created_at":9223372036854775807}})", "data { created_at: 9223372036854775807 }"},
      {R"({"data":{"created_at":9223372036854775808}})", "data { }"},
      {R"({"data":{"created_at":-9223372036854775808}})", "data { created_at: -9223372036854775808 }"},
      {R"({"data":{"created_at":"1700000000000"}})", "data { created_at: 1700000000000 }"},
      {R"({"data":{"created_at":1.7e12}})", "data { created_at: 1700000000000 }"},
      {R"({"data":{"created_at":1.5}})", "data { }"},
      {"{\"data\":{\"name\":\"a\xFF\xC3(b\"}}", R"(data { name: "a\357\277\275\357\277\275(b" })"},
      {R"({"data":{"name":"\ud800x\u00e9"}})", R"(data { name: "\357\277\275x\303\251" })"},
      {R"({"data":{"members":[{"identifier":"+1"},null,7,{"identifier":"+2"}]}})", ""},
      {" \n{\"data\":{\"id\":\"g\"}}\n ", R"(data { id: "g" })"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.body);
    v4::GetGroupResponse reply;
    const Result result = Ask(Parse<v4::GetGroupRequest>(R"(group_id: "grp_1")"), &reply,
                              {{"status", 200}, {"body_base64", absl::Base64Escape(row.body)}});
    EXPECT_EQ(result.code, google::rpc::OK) << result;
    if (row.body.find("\"+2\"") != std::string::npos) {
      ASSERT_GE(reply.data().members_size(), 2);
      EXPECT_EQ(reply.data().members(0).identifier(), "+1");
      EXPECT_EQ(reply.data().members(reply.data().members_size() - 1).identifier(), "+2");
      continue;
    }
    EXPECT_EQ(reply.ShortDebugString(), row.reply);
  }
}

TEST_F(AnswersTest, SuperfluousWrappersAreTakenOff) {
  v2::CreateGroupResponse group;
  EXPECT_EQ(Ask(Parse<v2::CreateGroupRequest>(R"(name: "T")"), &group,
                {{"status", 201}, {"body", R"({"data":{"group_id":"grp_1","member_count":"3"}})"}})
                .code,
            google::rpc::OK);
  EXPECT_EQ(group.ShortDebugString(), R"(group_id: "grp_1" member_count: 3)");
  v4::SendChatMessageResponse sent;
  EXPECT_EQ(
      Ask(SendChat(), &sent, {{"status", 201}, {"body", R"({"data":{"id":"msg_1","direction":"sideways"}})"}})
          .code,
      google::rpc::OK);
  EXPECT_EQ(sent.ShortDebugString(), R"(message { id: "msg_1" direction: DIRECTION_UNSPECIFIED })");
}

TEST_F(AnswersTest, EverySuccessfulStatusIsSuccess) {
  for (const int status : {200, 201, 202, 203, 206, 299}) {
    v2::SendMessageResponse reply;
    const Result result = Ask(Send(), &reply, {{"status", status}, {"body", R"({"message_id":"m"})"}});
    EXPECT_EQ(result.code, google::rpc::OK) << result;
    EXPECT_EQ(result.Trailer("blooio-upstream-status"), std::to_string(status));
  }
}

TEST_F(AnswersTest, SendsNeedEvidenceOfAcceptance) {
  struct Proof {
    std::string body;
    bool ok;
  };
  int keys = 0;
  for (const Proof& row : {Proof{R"({"message_id":"m"})", true},
                           {R"({"message_ids":["m"]})", true},
                           {R"({"id":"m"})", true},
                           {R"({"data":{}})", true},
                           {R"({"dry_run":true})", true},
                           {"{}", false},
                           {"", false},
                           {R"({"status":"queued"})", false},
                           {R"({"message_id":null})", false},
                           {R"({"error":"no"})", false},
                           {"null", false},
                           {"[]", false},
                           {R"("queued")", false},
                           {R"({"message_id":"m")", false},
                           {R"({"message_id":"m"} {)", false},
                           {"<html>OK</html>", false}}) {
    SCOPED_TRACE(row.body);
    v2::SendMessageResponse reply;
    const std::string key = absl::StrCat("k", ++keys);
    const Result result = Ask(Send(absl::StrCat(R"(idempotency_key: ")", key, "\"")), &reply,
                              {{"status", 202}, {"body", row.body}});
    EXPECT_EQ(result.Trailer("blooio-upstream-status"), "202");
    if (row.ok) {
      EXPECT_EQ(result.code, google::rpc::OK) << result;
      continue;
    }
    EXPECT_EQ(result.code, google::rpc::UNKNOWN) << result;
    EXPECT_EQ(result.Reason(), "OUTCOME_UNKNOWN");
    EXPECT_EQ(result.Fact("accepted_likely"), "true");
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1");
    EXPECT_TRUE(result.All<google::rpc::RetryInfo>().empty());
    ASSERT_TRUE(result.Only<google::rpc::RequestInfo>());
    EXPECT_EQ(result.Only<google::rpc::RequestInfo>()->request_id(), key);
  }
}

TEST_F(AnswersTest, AnEmptySuccessOfAReadIsAnEmptyReply) {
  for (const int status : {200, 204}) {
    v4::ListGroupsResponse reply;
    const Result result = Ask(v4::ListGroupsRequest(), &reply, {{"status", status}, {"body", ""}});
    EXPECT_EQ(result.code, google::rpc::OK) << result;
    EXPECT_EQ(reply.ByteSizeLong(), 0u);
  }
}

TEST_F(AnswersTest, UnusableSuccessesDependOnTheCall) {
  const Json group = {{"data", {{"id", "grp_1"}}}};
  const Json broken[] = {
      {{"status", 200}, {"body", "<html>OK</html>"}},
      {{"status", 200}, {"body", R"({"data":{"id":"g")"}},
      {{"status", 200}, {"body", R"("[]")"}},
      {{"status", 200}, {"body_repeat", {{"text", R"({"data":)"}, {"times", 10000}}}},
      {{"status", 200}, {"body_repeat", {{"text", R"({"data":[],"x":[)"}, {"times", 10000}}}},
      {{"status", 200}, {"body_repeat", {{"text", "[1,2]  "}, {"times", 750000}}}},  // 5 MB
      {{"status", 200}, {"body", group.dump()}, {"close", "middle"}},
      {{"status", 200}, {"body", group.dump()}, {"close", "headers"}},
  };
  for (const Json& fault : broken) {
    SCOPED_TRACE(fault.dump());
    v4::ListGroupsResponse listed;
    const Result read = Ask(v4::ListGroupsRequest(), &listed, fault);
    EXPECT_EQ(read.code, google::rpc::INTERNAL) << read;
    EXPECT_EQ(read.Reason(), "UPSTREAM_BAD_RESPONSE");
    EXPECT_EQ(read.Fact("http_status"), "200");
    EXPECT_EQ(read.Trailer("grpc-retry-pushback-ms"), "-1");
    EXPECT_EQ(listed.ByteSizeLong(), 0u);

    v4::CreateGroupResponse created;
    const Result change = Ask(
        Parse<v4::CreateGroupRequest>(R"(channel_id: "ch_blooio_1" members { identifier: "+15557770001" })"),
        &created, fault);
    EXPECT_EQ(change.code, google::rpc::UNKNOWN) << change;
    EXPECT_EQ(change.Reason(), "OUTCOME_UNKNOWN");
    EXPECT_EQ(change.Fact("accepted_likely"), "true");
    EXPECT_EQ(change.Trailer("blooio-upstream-status"), "200");
  }
}

TEST_F(AnswersTest, LargeAnswersBelowTheCapArrive) {
  std::string groups;
  for (int i = 0; i < 20000; ++i)
    groups +=
        R"({"id":"grp_)" + std::to_string(i) + R"(","name":"a name of some length, to make it large"},)";
  groups.pop_back();
  v4::ListGroupsResponse reply;
  const Result result =
      Ask(v4::ListGroupsRequest(), &reply, {{"status", 200}, {"body", R"({"data":[)" + groups + "]}"}});
  EXPECT_EQ(result.code, google::rpc::OK) << result;
  EXPECT_EQ(reply.data_size(), 20000);
}

TEST_F(AnswersTest, NestingUpToTheLimitReachesTheCaller) {
  const auto nested = [](int levels) {
    std::string body = R"({"id":"m","error":)";
    for (int i = 0; i < levels; ++i) body += R"({"a":)";
    body += "1" + std::string(static_cast<size_t>(levels), '}') + "}";
    return Json{{"status", 201}, {"body", body}};
  };
  v4::SendChatMessageResponse reply;
  EXPECT_EQ(Ask(SendChat(), &reply, nested(31)).code, google::rpc::OK);
  EXPECT_EQ(Ask(SendChat(), &reply, nested(32)).Reason(), "OUTCOME_UNKNOWN");
}

TEST_F(AnswersTest, DriftIsLoggedWithoutItsContent) {
  v4::GetGroupResponse reply;
  Ask(Parse<v4::GetGroupRequest>(R"(group_id: "grp_1")"), &reply,
      {{"status", 200}, {"body", R"({"data":{"id":5,"secret_new_key":"private-value"}})"}});
  EXPECT_TRUE(gateway().process().WaitForError("contract_drift", absl::Seconds(10)));
  EXPECT_THAT(gateway().process().err(), Not(HasSubstr("private-value")));
  EXPECT_THAT(gateway().process().err(), Not(HasSubstr("secret_new_key")));
}

}  // namespace
}  // namespace blooio::integration
