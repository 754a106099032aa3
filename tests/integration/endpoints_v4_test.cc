// The v4 RPCs through the whole chain.
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/endpoint_row.h"

namespace blooio::integration {
namespace {

constexpr char kSend[] = "blooio.v4.MessagesService/SendChatMessage";

class EndpointsV4Test : public StackTest<EndpointsV4Test> {
 protected:
  static std::string CreateGroup(const std::string& name) {
    v4::CreateGroupResponse reply;
    const auto request = Parse<v4::CreateGroupRequest>(
        R"(channel_id: "ch_blooio_1" members { identifier: "+15557770001" } name: ")" + name + "\"");
    EXPECT_EQ(caller().Call(request, &reply).code, google::rpc::OK);
    return reply.data().id();
  }
};

TEST_F(EndpointsV4Test, CreatesGroupsWithMixedMembersInOrder) {
  const std::string member =
      R"( members { identity_id: "idn_#" contact_id: "ct_#" role: "member" channel_type: CHANNEL_TYPE_BLOOIO identifier: )";
  v4::CreateGroupResponse reply;
  CheckEndpoint({.name = "mixed",
                 .request = Make<v4::CreateGroupRequest>(
                     R"(channel_id: "ch_blooio_1" name: "Crew" idempotency_key: "order-1"
                        members { identifier: "+15557770002" }
                        members { object { identifier: "b@example.org" } }
                        members { identifier: "+15557770001" })"),
                 .verb = "POST",
                 .target = "/v4/groups",
                 .headers = {},
                 .body = R"({"channel_id":"ch_blooio_1","members":["+15557770002",)"
                         R"({"identifier":"b@example.org"},"+15557770001"],"name":"Crew"})",
                 .status = 201,
                 .reply = R"(data { id: "grp_#" channel_id: "ch_blooio_1" channel_type: CHANNEL_TYPE_BLOOIO )"
                          R"(name: "Crew" chat_linked: false created_at: #)" +
                          member + R"("+15557770002" })" + member + R"("b@example.org" })" + member +
                          R"("+15557770001" } })"},
                sandbox(), caller(), &reply);
}

TEST_F(EndpointsV4Test, ListsPageByPageWithAnOpaqueCursor) {
  for (const char* name : {"A", "B", "C"}) CreateGroup(name);
  v4::ListGroupsRequest request;
  request.set_limit(2);
  v4::ListGroupsResponse page;
  ASSERT_EQ(caller().Call(request, &page).code, google::rpc::OK);
  ASSERT_EQ(page.data_size(), 2);
  EXPECT_TRUE(page.has_more());
  request.set_cursor(page.next_cursor());
  v4::ListGroupsResponse last;
  ASSERT_EQ(caller().Call(request, &last).code, google::rpc::OK);
  ASSERT_EQ(last.data_size(), 1);
  EXPECT_EQ(last.data(0).name(), "C");
  EXPECT_FALSE(last.has_more());
  EXPECT_FALSE(last.has_next_cursor());
  EXPECT_EQ(sandbox().Requests()[3].target, "/v4/groups?limit=2");
}

TEST_F(EndpointsV4Test, QueriesAreEncoded) {
  const EndpointRow rows[] = {
      {"nothing asked", Make<v4::ListGroupsRequest>(""), "GET", "/v4/groups", {}, "", 200, "has_more: false"},
      {"the limits",
       Make<v4::ListGroupsRequest>("limit: 1"),
       "GET",
       "/v4/groups?limit=1",
       {},
       "",
       200,
       "has_more: false"},
      {"the limits",
       Make<v4::ListGroupsRequest>("limit: 200"),
       "GET",
       "/v4/groups?limit=200",
       {},
       "",
       200,
       "has_more: false"},
  };
  for (const EndpointRow& row : rows) {
    v4::ListGroupsResponse reply;
    CheckEndpoint(row, sandbox(), caller(), &reply);
  }
  v4::ListGroupsResponse reply;
  const Result result =
      caller().Call(Parse<v4::ListGroupsRequest>(R"(limit: 3 cursor: "a+b/c==&limit=9#?\303\251 ")"), &reply);
  EXPECT_EQ(result.Reason(), "UPSTREAM_INVALID_ARGUMENT") << result;
  EXPECT_EQ(sandbox().Requests().back().target,
            "/v4/groups?limit=3&cursor=a%2Bb%2Fc%3D%3D%26limit%3D9%23%3F%C3%A9%20");
}

TEST_F(EndpointsV4Test, GetsOneGroup) {
  const std::string id = CreateGroup("Crew");
  v4::GetGroupRequest request;
  request.set_group_id(id);
  v4::GetGroupResponse reply;
  CheckEndpoint({.name = "get",
                 .request = std::make_shared<v4::GetGroupRequest>(request),
                 .verb = "GET",
                 .target = "/v4/groups/" + id,
                 .headers = {},
                 .body = "",
                 .status = 200,
                 .reply = R"(data { id: "grp_#" channel_id: "ch_blooio_1" channel_type: CHANNEL_TYPE_BLOOIO )"
                          R"(name: "Crew" chat_linked: false created_at: # members { identity_id: "idn_#" )"
                          R"(contact_id: "ct_#" role: "member" channel_type: CHANNEL_TYPE_BLOOIO )"
                          R"(identifier: "+15557770001" } })"},
                sandbox(), caller(), &reply);
}

TEST_F(EndpointsV4Test, SendsChatMessages) {
  const std::string sent =
      R"(message { id: "msg_#" chat_id: "chat_demo_1" channel_id: "ch_blooio_1" channel_type: CHANNEL_TYPE_BLOOIO )"
      R"(direction: DIRECTION_OUTBOUND type: "text" status: "queued" })";
  struct Row {
    std::string fields;
    Headers headers;
    std::string body;
    int status;
    std::string reply;
  };
  const Row rows[] = {
      {R"(content { text { text: "hi" } } idempotency_key: "order-1")",
       {{"Idempotency-Key", DerivedKey(kSend, "order-1")}},
       R"({"content":{"type":"text","text":"hi"}})",
       201,
       sent},
      {R"(content { text { text: "hi" reply_to: "msg_1" effect: "slam"
          link_preview { image_url: "https://x/i.png" title: "T" } } })",
       {{"Idempotency-Key", "*"}},
       R"({"content":{"type":"text","text":"hi","reply_to":"msg_1","effect":"slam",)"
       R"("link_preview":{"imageUrl":"https://x/i.png","title":"T"}}})",
       201,
       sent},
      {R"(content { text { text: "hi" } } dry_run: false)",
       {{"Idempotency-Key", "*"}},
       R"({"content":{"type":"text","text":"hi"},"dry_run":false})",
       201,
       sent},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.fields);
    const auto request = Parse<v4::SendChatMessageRequest>(R"(chat_id: "chat_demo_1" )" + row.fields);
    v4::SendChatMessageResponse reply;
    CheckEndpoint({.name = row.fields,
                   .request = std::make_shared<v4::SendChatMessageRequest>(request),
                   .verb = "POST",
                   .target = "/v4/chats/chat_demo_1/messages",
                   .headers = row.headers,
                   .body = row.body,
                   .status = row.status,
                   .reply = row.reply},
                  sandbox(), caller(), &reply);
  }
}

TEST_F(EndpointsV4Test, ADryRunSendsNothing) {
  v4::SendChatMessageResponse reply;
  const Result result = caller().Call(
      Parse<v4::SendChatMessageRequest>(
          R"(chat_id: "chat_demo_1" content { text { text: "hi" } } dry_run: true idempotency_key: "k")"),
      &reply);
  EXPECT_EQ(result.code, google::rpc::OK) << result;
  EXPECT_EQ(result.Trailer("blooio-upstream-status"), "200");
  EXPECT_TRUE(reply.message().dry_run());
  EXPECT_TRUE(reply.message().would_send());
  EXPECT_EQ(sandbox().Requests().at(0).body, R"({"content":{"type":"text","text":"hi"},"dry_run":true})");
  EXPECT_EQ(sandbox().Messages(), 0);
}

TEST_F(EndpointsV4Test, AFailedMessageIsDataNotAnError) {
  v4::SendChatMessageResponse reply;
  const Result result = caller().Call(
      Parse<v4::SendChatMessageRequest>(R"(chat_id: "chat_failing_1" content { text { text: "hi" } })"),
      &reply);
  EXPECT_EQ(result.code, google::rpc::OK) << result;
  EXPECT_EQ(result.Trailer("blooio-upstream-status"), "201");
  EXPECT_EQ(reply.message().status(), "failed");
  EXPECT_GT(reply.message().error().fields_size(), 0);
  EXPECT_TRUE(reply.message().has_fallback());
}

}  // namespace
}  // namespace blooio::integration
