// The v2 RPCs through the whole chain.
#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "tests/integration/endpoint_row.h"

namespace blooio::integration {
namespace {

constexpr char kSend[] = "blooio.v2.MessagesService/SendMessage";
constexpr char kQueued[] = R"(message_id: "msg_#" status: "queued")";

class EndpointsV2Test : public StackTest<EndpointsV2Test> {};

TEST_F(EndpointsV2Test, CreatesGroups) {
  const EndpointRow rows[] = {
      {.name = "name only",
       .request = Make<v2::CreateGroupRequest>(R"(name: "Team")"),
       .verb = "POST",
       .target = "/v2/api/groups",
       .headers = {},
       .body = R"({"name":"Team"})",
       .status = 201,
       .reply = R"(group_id: "grp_#" name: "Team" member_count: 0 message_count: 0 created_at: #)"},
      {.name = "everything; the key stays in the gateway",
       .request = Make<v2::CreateGroupRequest>(
           R"(name: "T\303\251am \"7\" \\ \360\237\230\200\n" chat_guid: "iMessage;+;chat77"
              members: "+15557770001" members: "ada+x@example.org" idempotency_key: "order-1")"),
       .verb = "POST",
       .target = "/v2/api/groups",
       .headers = {},
       .body = "{\"name\":\"T\xC3\xA9"
               "am \\\"7\\\" \\\\ \xF0\x9F\x98\x80\\n\",\"chat_guid\":\"iMessage;+;chat77\","
               "\"members\":[\"+15557770001\",\"ada+x@example.org\"]}",
       .status = 201,
       .reply =
           R"(group_id: "grp_#" name: "T\303\251am \"7\" \\ \360\237\230\200\n" chat_guid: "iMessage;+;chat#" )"
           R"(member_count: 2 message_count: 0 created_at: # )"
           R"(added_members: "+15557770001" added_members: "ada+x@example.org" )"
           R"(created_contacts: "+15557770001" created_contacts: "ada+x@example.org")"},
  };
  for (const EndpointRow& row : rows) {
    v2::CreateGroupResponse reply;
    CheckEndpoint(row, sandbox(), caller(), &reply);
  }
}

TEST_F(EndpointsV2Test, SendsToEveryKindOfChat) {
  struct Kind {
    std::string chat_id;
    std::string segment;
    std::string reply;
  };
  const Kind kinds[] = {
      {R"(phone_number: "+15557770001")", "%2B15557770001", kQueued},
      {R"(email: "a/b?c#d%e+f@ex\303\244mple.org")", "a%2Fb%3Fc%23d%25e%2Bf%40ex%C3%A4mple.org", kQueued},
      {R"(group_id: "grp_demo1")", "grp_demo1", kQueued},
      {R"(recipients { identifiers: "+15557770002" identifiers: "z@example.org" identifiers: "+15557770003" })",
       "%2B15557770002%2Cz%40example.org%2C%2B15557770003",
       R"(message_id: "msg_#" status: "queued" group_id: "grp_#" group_created: true )"
       R"(participants: "+15557770002" participants: "z@example.org" participants: "+15557770003")"},
      {R"(recipients { identifiers: "+15557770003" identifiers: "+15557770002" identifiers: "z@example.org" })",
       "%2B15557770003%2C%2B15557770002%2Cz%40example.org",
       R"(message_id: "msg_#" status: "queued" group_id: "grp_#" group_created: false )"
       R"(participants: "+15557770002" participants: "z@example.org" participants: "+15557770003")"},
      {R"(recipients { identifiers: "+15557770004" })", "%2B15557770004", kQueued},
  };
  for (const Kind& kind : kinds) {
    v2::SendMessageResponse reply;
    CheckEndpoint({.name = kind.chat_id,
                   .request = Make<v2::SendMessageRequest>("chat_id { " + kind.chat_id + R"( } text: "hi")"),
                   .verb = "POST",
                   .target = "/v2/api/chats/" + kind.segment + "/messages",
                   .headers = {{"Idempotency-Key", "*"}},
                   .body = R"({"text":"hi"})",
                   .status = 202,
                   .reply = kind.reply},
                  sandbox(), caller(), &reply);
  }
}

// A group's id is one word to us; what it may hold is the upstream's business.
TEST_F(EndpointsV2Test, EncodesAnUnknownGroupIdAsOneSegment) {
  v2::SendMessageResponse reply;
  const Result result = caller().Call(
      Parse<v2::SendMessageRequest>(R"(chat_id { group_id: "grp_../a?b#c%2F\303\251" } text: "hi")"), &reply);
  EXPECT_EQ(result.code, google::rpc::NOT_FOUND) << result;
  ASSERT_EQ(sandbox().Requests().size(), 1u);
  EXPECT_EQ(sandbox().Requests()[0].target, "/v2/api/chats/grp_..%2Fa%3Fb%23c%252F%C3%A9/messages");
}

TEST_F(EndpointsV2Test, SendsEveryField) {
  const std::string chat = R"(chat_id { phone_number: "+15551230001" } )";
  const std::string target = "/v2/api/chats/%2B15551230001/messages";
  struct Row {
    std::string fields;
    Headers headers;
    std::string body;
    std::string reply = kQueued;
  };
  const Row rows[] = {
      {R"(text: "a" idempotency_key: "order-1")",
       {{"Idempotency-Key", DerivedKey(kSend, "order-1")}},
       R"({"text":"a"})"},
      {R"(text: "a" from_number: "+15550000002")",
       {{"Idempotency-Key", "*"}, {"X-From-Number", "+15550000002"}},
       R"({"text":"a"})"},
      {R"(texts: "one" texts: "two")",
       {{"Idempotency-Key", "*"}},
       R"({"text":["one","two"]})",
       R"(message_ids: "msg_#" message_ids: "msg_#" status: "queued")"},
      {R"(text: "a" attachments { url: "https://x/a?b=%20" }
          attachments { file { url: "https://x/b" name: "b.png" } })",
       {{"Idempotency-Key", "*"}},
       R"({"text":"a","attachments":["https://x/a?b=%20",{"url":"https://x/b","name":"b.png"}]})"},
      {R"(text: "a" link_preview { image_url: "https://x/i.png" title: "T" } effect: "slam")",
       {{"Idempotency-Key", "*"}},
       R"({"text":"a","link_preview":{"image_url":"https://x/i.png","title":"T"},"effect":"slam"})"},
      {R"(text: "a" reply_to { message_id: "msg_demo1" } use_typing_indicator: false
          share_contact: true)",
       {{"Idempotency-Key", "*"}},
       R"({"text":"a","reply_to":{"message_id":"msg_demo1"},)"
       R"("use_typing_indicator":false,"share_contact":true})"},
      {R"(text: "a" metadata {
            fields { key: "b" value { number_value: 9007199254740991 } }
            fields { key: "a" value { list_value { values { bool_value: true } values { null_value: NULL_VALUE } } } }
          })",
       {{"Idempotency-Key", "*"}},
       R"({"text":"a","metadata":{"a":[true,null],"b":9007199254740991}})"},
      {R"(text: "a" reply_to { guid: "p:0/ABC" part_index: 0 })",
       {{"Idempotency-Key", "*"}},
       R"({"text":"a","reply_to":{"guid":"p:0/ABC","part_index":0}})",
       R"(message_id: "msg_#" status: "queued" parent_unresolved: true)"},
  };
  for (const Row& row : rows) {
    v2::SendMessageResponse reply;
    CheckEndpoint({.name = row.fields,
                   .request = Make<v2::SendMessageRequest>(chat + row.fields),
                   .verb = "POST",
                   .target = target,
                   .headers = row.headers,
                   .body = row.body,
                   .status = 202,
                   .reply = row.reply},
                  sandbox(), caller(), &reply);
  }
}

TEST_F(EndpointsV2Test, ARepeatWithTheSameKeyIsTheSameMessage) {
  const auto request = Parse<v2::SendMessageRequest>(
      R"(chat_id { phone_number: "+15551230001" } text: "a" idempotency_key: "order-7")");
  v2::SendMessageResponse first, second;
  EXPECT_EQ(caller().Call(request, &first).Trailer("blooio-upstream-status"), "202");
  const Result repeat = caller().Call(request, &second);
  EXPECT_EQ(repeat.code, google::rpc::OK) << repeat;
  EXPECT_EQ(repeat.Trailer("blooio-attempts"), "") << "it is remembered, nobody is asked";
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(sandbox().Messages(), 1);
}

class FromNumberInBodyTest : public StackTest<FromNumberInBodyTest> {
 public:
  static GatewayOptions Options() { return {.v2 = "from_number_in_body: true"}; }
};

TEST_F(FromNumberInBodyTest, TravelsAsAJsonKeyInstead) {
  v2::SendMessageResponse reply;
  CheckEndpoint({.name = "from_number",
                 .request = Make<v2::SendMessageRequest>(
                     R"(chat_id { phone_number: "+15557770001" } text: "a" from_number: "+15550000002")"),
                 .verb = "POST",
                 .target = "/v2/api/chats/%2B15557770001/messages",
                 .headers = {{"Idempotency-Key", "*"}},
                 .body = R"({"from_number":"+15550000002","text":"a"})",
                 .status = 202,
                 .reply = kQueued},
                sandbox(), caller(), &reply);
}

}  // namespace
}  // namespace blooio::integration
