// Every RPC as one would explain it: what the caller says, what goes to Blooio,
// what Blooio answers, what the caller gets. An endpoint is its proto, one
// Serve line, and a row here.
#include <gmock/gmock.h>

#include "service/transcoding/request_writer.h"
#include "service/transcoding/validator.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {

std::ostream& operator<<(std::ostream& out, const Header& header) {
  return out << header.name << ": " << header.value;
}

namespace {

struct Endpoint {
  const char* what;
  const char* method;
  const char* request;  // text format

  Verb verb;
  const char* path;
  std::vector<Header> headers;
  const char* body;  // "-": none

  const char* answer;
  const char* reply;  // text format
};

void PrintTo(const Endpoint& row, std::ostream* out) { *out << row.method << ": " << row.what; }

constexpr char kV2CreateGroup[] = "blooio.v2.GroupsService/CreateGroup";
constexpr char kV2SendMessage[] = "blooio.v2.MessagesService/SendMessage";
constexpr char kV4CreateGroup[] = "blooio.v4.GroupsService/CreateGroup";
constexpr char kV4ListGroups[] = "blooio.v4.GroupsService/ListGroups";
constexpr char kV4GetGroup[] = "blooio.v4.GroupsService/GetGroup";
constexpr char kV4SendChatMessage[] = "blooio.v4.MessagesService/SendChatMessage";

// clang-format off
const std::vector<Endpoint> kEndpoints = {
    // ---- v2: create a group
    {"the least", kV2CreateGroup, R"(name: "Team")",
     Verb::kPost, "/groups", {}, R"({"name":"Team"})",
     R"({"group_id":"grp_1"})", R"(group_id: "grp_1")"},

    {"everything", kV2CreateGroup,
     R"(name: "Jürgen & \"Söhne\" 👋" chat_guid: "iMessage;+;chat123456789"
        members: "+15551234567" members: "jane@example.com" idempotency_key: "order-1")",
     Verb::kPost, "/groups", {},
     R"({"name":"Jürgen & \"Söhne\" 👋","chat_guid":"iMessage;+;chat123456789",)"
     R"("members":["+15551234567","jane@example.com"]})",
     R"({"group_id":"grp_1","name":"Team","chat_guid":"iMessage;+;chat1","icon_url":"https://x.com/i.png",
         "member_count":2,"message_count":9223372036854775807,"last_message_text":"hé\n",
         "last_message_time":1700000000123,"last_message_direction":"inbound","created_at":1690000000000,
         "added_members":["+15551234567","jane@example.com"],"created_contacts":["jane@example.com"]})",
     R"(group_id: "grp_1" name: "Team" chat_guid: "iMessage;+;chat1" icon_url: "https://x.com/i.png"
        member_count: 2 message_count: 9223372036854775807 last_message_text: "hé\n"
        last_message_time: 1700000000123 last_message_direction: DIRECTION_INBOUND created_at: 1690000000000
        added_members: "+15551234567" added_members: "jane@example.com" created_contacts: "jane@example.com")"},

    {"nulls are absent, zero and empty are not", kV2CreateGroup, R"(name: "a" chat_guid: "")",
     Verb::kPost, "/groups", {}, R"({"name":"a","chat_guid":""})",
     R"({"group_id":"grp_1","name":null,"chat_guid":null,"icon_url":"","member_count":0,"added_members":null,
         "last_message_direction":null})",
     R"(group_id: "grp_1" icon_url: "" member_count: 0)"},

    // ---- v2: send a message; the four kinds of chat id
    {"to a phone number", kV2SendMessage, R"(chat_id { phone_number: "+15551234567" } text: "hi")",
     Verb::kPost, "/chats/%2B15551234567/messages", {}, R"({"text":"hi"})",
     R"({"message_id":"msg_1","status":"queued"})", R"(message_id: "msg_1" status: "queued")"},

    {"to an e-mail address full of delimiters", kV2SendMessage,
     R"(chat_id { email: "j+ö/?#%&=:;x@exämple.com" } text: "hi")",
     Verb::kPost, "/chats/j%2B%C3%B6%2F%3F%23%25%26%3D%3A%3Bx%40ex%C3%A4mple.com/messages", {},
     R"({"text":"hi"})", R"({"message_id":"msg_1"})", R"(message_id: "msg_1")"},

    {"to a group", kV2SendMessage, R"(chat_id { group_id: "grp_a/b?c#d%2e..~_-" } text: "hi")",
     Verb::kPost, "/chats/grp_a%2Fb%3Fc%23d%252e..~_-/messages", {}, R"({"text":"hi"})",
     R"({"message_id":"msg_1","group_id":"grp_1"})", R"(message_id: "msg_1" group_id: "grp_1")"},

    {"to a list of people, texts one after the other", kV2SendMessage,
     R"(chat_id { recipients { identifiers: "+15551234567" identifiers: "a@b.c" identifiers: "+15550000000" } }
        texts: "one" texts: "two")",
     Verb::kPost, "/chats/%2B15551234567%2Ca%40b.c%2C%2B15550000000/messages", {}, R"({"text":["one","two"]})",
     R"({"message_ids":["msg_1","msg_2"],"status":"queued","group_id":"grp_1","group_created":true,
         "participants":["+15551234567","a@b.c","+15550000000"]})",
     R"(message_ids: "msg_1" message_ids: "msg_2" status: "queued" group_id: "grp_1" group_created: true
        participants: "+15551234567" participants: "a@b.c" participants: "+15550000000")"},

    {"the sender travels as a header, the key by the pipeline", kV2SendMessage,
     R"(chat_id { phone_number: "+15551234567" } from_number: "+15557654321" idempotency_key: "order-1" text: "")",
     Verb::kPost, "/chats/%2B15551234567/messages", {{"X-From-Number", "+15557654321"}}, R"({"text":""})",
     R"({"message_id":"msg_1"})", R"(message_id: "msg_1")"},

    {"attachments as text and as object, order kept", kV2SendMessage,
     R"(chat_id { phone_number: "+15551234567" }
        attachments { url: "https://x.com/1" }
        attachments { file { url: "https://x.com/2" name: "two.pdf" } }
        attachments { file { url: "https://x.com/3" } }
        attachments { url: "https://x.com/4" })",
     Verb::kPost, "/chats/%2B15551234567/messages", {},
     R"({"attachments":["https://x.com/1",{"url":"https://x.com/2","name":"two.pdf"},)"
     R"({"url":"https://x.com/3"},"https://x.com/4"]})",
     R"({"message_id":"msg_1"})", R"(message_id: "msg_1")"},

    {"everything else", kV2SendMessage,
     R"(chat_id { phone_number: "+15551234567" }
        parts { text: "@Jo" mention: "+15550000000" } parts { url: "https://x.com/1" name: "one" }
        parts { text: "https://x.com" link_preview { title: "X" } }
        link_preview { image_url: "https://x.com/i.png" title: "T" } effect: "slam"
        reply_to { guid: "G" part_index: 0 } use_typing_indicator: false share_contact: true
        metadata { fields { key: "b" value { number_value: 9007199254740991 } }
                   fields { key: "a" value { list_value { values { null_value: 0 } values { bool_value: true }
                            values { number_value: 0.5 } values { struct_value {} } } } } })",
     Verb::kPost, "/chats/%2B15551234567/messages", {},
     R"({"parts":[{"text":"@Jo","mention":"+15550000000"},{"url":"https://x.com/1","name":"one"},)"
     R"({"text":"https://x.com","link_preview":{"title":"X"}}],)"
     R"("link_preview":{"image_url":"https://x.com/i.png","title":"T"},"effect":"slam",)"
     R"("reply_to":{"guid":"G","part_index":0},"use_typing_indicator":false,"share_contact":true,)"
     R"("metadata":{"a":[null,true,0.5,{}],"b":9007199254740991}})",
     R"({"message_ids":["msg_1"],"count":3,"status":"failed","parent_unresolved":true})",
     R"(message_ids: "msg_1" count: 3 status: "failed" parent_unresolved: true)"},

    // ---- v4: create a group
    {"members as text and as object, order kept", kV4CreateGroup,
     R"(channel_id: "ch_1" name: "Team" idempotency_key: "order-1"
        members { identifier: "+15551234567" } members { object { identifier: "a@b.c" } }
        members { identifier: "d@e.f" } members { object { identifier: "+15550000000" } })",
     Verb::kPost, "/groups", {},
     R"({"channel_id":"ch_1","members":["+15551234567",{"identifier":"a@b.c"},"d@e.f",)"
     R"({"identifier":"+15550000000"}],"name":"Team"})",
     R"({"data":{"id":"grp_1","channel_id":"ch_1","channel_type":"whatsapp_business","name":null,
         "icon_url":"https://x.com/i.png","chat_id":"chat_1","chat_linked":false,"created_at":0,
         "members":[{"identity_id":"idn_1","contact_id":"ct_1","role":"member","channel_type":"amb",
                     "identifier":"+15551234567"},{"contact_id":null,"identifier":"a@b.c"}]}})",
     R"(data { id: "grp_1" channel_id: "ch_1" channel_type: CHANNEL_TYPE_WHATSAPP_BUSINESS
               icon_url: "https://x.com/i.png" chat_id: "chat_1" chat_linked: false created_at: 0
               members { identity_id: "idn_1" contact_id: "ct_1" role: "member" channel_type: CHANNEL_TYPE_AMB
                         identifier: "+15551234567" }
               members { identifier: "a@b.c" } })"},

    // ---- v4: list groups
    {"the first page", kV4ListGroups, "",
     Verb::kGet, "/groups", {}, "-",
     R"({"data":[],"has_more":false,"next_cursor":null})", R"(has_more: false)"},

    {"a page further on", kV4ListGroups, R"(limit: 200 cursor: "a+b/c=&d?é ,#%")",
     Verb::kGet, "/groups?limit=200&cursor=a%2Bb%2Fc%3D%26d%3F%C3%A9%20%2C%23%25", {}, "-",
     R"({"next_cursor":"n==","has_more":true,"data":[{"id":"grp_1"},{"id":"grp_2","channel_type":"rcs_business"}]})",
     R"(data { id: "grp_1" } data { id: "grp_2" channel_type: CHANNEL_TYPE_RCS_BUSINESS }
        has_more: true next_cursor: "n==")"},

    // ---- v4: get a group
    {"by id", kV4GetGroup, R"(group_id: "grp_1")",
     Verb::kGet, "/groups/grp_1", {}, "-",
     R"({"data":{"id":"grp_1","name":"Team"}})", R"(data { id: "grp_1" name: "Team" })"},

    {"by an id that would leave its segment", kV4GetGroup, R"(group_id: "../../keys?x=1#é,+@")",
     Verb::kGet, "/groups/..%2F..%2Fkeys%3Fx%3D1%23%C3%A9%2C%2B%40", {}, "-",
     R"({"data":{"created_at":9223372036854775807}})", R"(data { created_at: 9223372036854775807 })"},

    // ---- v4: send a message to a chat
    {"a text", kV4SendChatMessage, R"(chat_id: "chat_1" content { text { text: "hi" } })",
     Verb::kPost, "/chats/chat_1/messages", {}, R"({"content":{"type":"text","text":"hi"}})",
     R"({"id":"msg_1","chat_id":"chat_1","channel_id":"ch_1","channel_type":"blooio","protocol":null,
         "direction":"outbound","type":"text","status":"queued","error":null})",
     R"(message { id: "msg_1" chat_id: "chat_1" channel_id: "ch_1" channel_type: CHANNEL_TYPE_BLOOIO
                  direction: DIRECTION_OUTBOUND type: "text" status: "queued" })"},

    {"everything, as a dry run", kV4SendChatMessage,
     R"(chat_id: "chat_a/b,c" idempotency_key: "order-1" dry_run: true
        content { text { text: "look:\n\thttps://x.com" reply_to: "msg_0" effect: "confetti"
                         link_preview { image_url: "https://x.com/i.png" title: "T" } } })",
     Verb::kPost, "/chats/chat_a%2Fb%2Cc/messages", {},
     R"({"content":{"type":"text","text":"look:\n\thttps://x.com","reply_to":"msg_0","effect":"confetti",)"
     R"("link_preview":{"imageUrl":"https://x.com/i.png","title":"T"}},"dry_run":true})",
     R"({"dry_run":true,"would_send":true,"preview":{"to":["+1",{"n":1.5}],"none":null}})",
     R"(message { dry_run: true would_send: true preview {
          fields { key: "to" value { list_value { values { string_value: "+1" } values { struct_value {
            fields { key: "n" value { number_value: 1.5 } } } } } } }
          fields { key: "none" value { null_value: NULL_VALUE } } } })"},

    {"a send that failed is data", kV4SendChatMessage, R"(chat_id: "chat_1" content { text { text: "hi" } })",
     Verb::kPost, "/chats/chat_1/messages", {}, R"({"content":{"type":"text","text":"hi"}})",
     R"({"id":"msg_1","status":"failed","error":{"code":"undeliverable","retryable":false},"to":"+1",
         "fallback":{"recommended":true,"reason":"no iMessage"}})",
     R"(message { id: "msg_1" status: "failed" to: "+1" fallback { recommended: true reason: "no iMessage" }
          error { fields { key: "code" value { string_value: "undeliverable" } }
                  fields { key: "retryable" value { bool_value: false } } } })"},
};
// clang-format on

using Endpoints = testing::TestWithParam<Endpoint>;

TEST_P(Endpoints, RequestBecomesRest) {
  const Endpoint& row = GetParam();
  const Route& route = RouteOf(row.method);
  auto request = Make(*route.request, row.request);
  const Violations violations = Validate(route, *request);
  ASSERT_TRUE(violations.empty()) << violations.first[0].path << " " << violations.first[0].description;

  const RestRequest call = WriteRequest(route, *request);
  EXPECT_EQ(call.verb, row.verb);
  EXPECT_EQ(call.path, row.path);
  EXPECT_THAT(call.headers, testing::ElementsAreArray(row.headers));
  EXPECT_EQ(call.has_body ? call.body : "-", row.body);
  EXPECT_EQ(call.read_only, row.verb == Verb::kGet);
}

TEST_P(Endpoints, AnswerBecomesReply) {
  const Endpoint& row = GetParam();
  const ReadAnswer read = Read(RouteOf(row.method), row.answer);
  ASSERT_TRUE(read.reading.readable);
  EXPECT_TRUE(read.reading.proves_acceptance);
  EXPECT_FALSE(read.reading.drift.any());
  EXPECT_EQ(Difference(row.reply, *read.reply), "");
}

INSTANTIATE_TEST_SUITE_P(All, Endpoints, testing::ValuesIn(kEndpoints));

}  // namespace
}  // namespace blooio::gateway
