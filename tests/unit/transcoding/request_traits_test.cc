// What requests and replies say about whom they reach, for every RPC.
#include "service/transcoding/request_traits.h"

#include <gmock/gmock.h>

#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAreArray;

struct RequestRow {
  std::string method;
  std::string request;
  std::string sender;
  std::string channel;
  std::vector<std::string> recipients;
};

const std::vector<RequestRow> kRequests = {
    {"blooio.v2.MessagesService/SendMessage",
     R"(chat_id { phone_number: "+15551" } from_number: "+15559" text: "hi")",
     "+15559",
     "",
     {"+15551"}},
    {"blooio.v2.MessagesService/SendMessage", R"(chat_id { email: "a@b" })", "", "", {"a@b"}},
    {"blooio.v2.MessagesService/SendMessage", R"(chat_id { group_id: "grp_1" })", "", "", {"grp_1"}},
    {"blooio.v2.MessagesService/SendMessage",
     R"(chat_id { recipients { identifiers: ["+15551", "a@b", "+15551"] } })",
     "",
     "",
     {"+15551", "a@b", "+15551"}},
    {"blooio.v2.MessagesService/SendMessage", "", "", "", {}},
    {"blooio.v2.GroupsService/CreateGroup",
     R"(name: "Team" members: ["+15551", "", "a@b"])",
     "",
     "",
     {"+15551", "a@b"}},
    {"blooio.v4.GroupsService/CreateGroup",
     R"(channel_id: "ch_1" members { identifier: "+15551" } members {} members { object { identifier: "a@b" } })",
     "",
     "ch_1",
     {"+15551", "a@b"}},
    {"blooio.v4.GroupsService/ListGroups", R"(limit: 3 cursor: "c")", "", "", {}},
    {"blooio.v4.GroupsService/GetGroup", R"(group_id: "grp_1")", "", "", {}},
    {"blooio.v4.MessagesService/SendChatMessage",
     R"(chat_id: "chat_1" content { text { text: "hi" reply_to: "m" } })",
     "",
     "",
     {"chat_1"}},
};

TEST(RequestTraits, SayWhomACallReaches) {
  for (const RequestRow& row : kRequests) {
    SCOPED_TRACE(row.method + " " + row.request);
    const Route& route = RouteOf(row.method);
    const auto request = Make(*route.request, row.request);
    const RequestTraits traits = ReadTraits(route, *request);
    EXPECT_EQ(traits.sender, row.sender);
    EXPECT_EQ(traits.channel, row.channel);
    EXPECT_THAT(traits.recipients, ElementsAreArray(row.recipients));
  }
}

struct ReplyRow {
  std::string method;
  std::string reply;
  std::vector<std::string> ids;
};

TEST(RequestTraits, NameTheMessagesThatACallMade) {
  const std::vector<ReplyRow> rows = {
      {"blooio.v2.MessagesService/SendMessage", R"(message_id: "m1" group_id: "g")", {"m1"}},
      {"blooio.v2.MessagesService/SendMessage", R"(message_ids: ["m1", "m2"])", {"m1", "m2"}},
      {"blooio.v2.GroupsService/CreateGroup", R"(group_id: "g1" name: "Team")", {}},
      {"blooio.v4.GroupsService/CreateGroup", R"(data { id: "g1" channel_id: "c" })", {}},
      {"blooio.v4.MessagesService/SendChatMessage", R"(message { id: "m1" chat_id: "c" })", {"m1"}},
      {"blooio.v4.MessagesService/SendChatMessage", "message { dry_run: true }", {}},
      {"blooio.v4.GroupsService/ListGroups", R"(data { id: "g1" } data { id: "g2" })", {}},
      {"blooio.v4.GroupsService/GetGroup", R"(data { id: "g1" })", {}},
  };
  for (const ReplyRow& row : rows) {
    SCOPED_TRACE(row.method + " " + row.reply);
    const Route& route = RouteOf(row.method);
    const auto reply = Make(*route.reply, row.reply);
    EXPECT_THAT(ReadResultIds(route, *reply), ElementsAreArray(row.ids));
  }
}

TEST(RequestTraits, ARouteKnowsWhatItsRequestsCanSay) {
  const Route& send = RouteOf("blooio.v2.MessagesService/SendMessage");
  EXPECT_TRUE(send.takes_sender && !send.takes_channel && !send.takes_chat);
  const Route& create = RouteOf("blooio.v4.GroupsService/CreateGroup");
  EXPECT_TRUE(!create.takes_sender && create.takes_channel && !create.takes_chat);
  const Route& chat = RouteOf("blooio.v4.MessagesService/SendChatMessage");
  EXPECT_TRUE(!chat.takes_sender && !chat.takes_channel && chat.takes_chat);
}

}  // namespace
}  // namespace blooio::gateway
