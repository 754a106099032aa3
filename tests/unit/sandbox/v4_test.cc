#include "tests/sandbox/v4.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/sandbox/test_request.h"

namespace blooio::sandbox {
namespace {

constexpr char kGroups[] = "/v4/groups";
constexpr char kSend[] = "/v4/chats/chat_demo_1/messages";
constexpr char kText[] = R"({"content":{"type":"text","text":"hello"}})";

std::string Encoded(const std::string& cursor) {
  std::string encoded;
  for (const char c : cursor)
    encoded += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
  return encoded;
}

TEST(V4CreateGroupTest, AnswersInADataWrapper) {
  Caller caller;
  const HttpResponse response = caller.Post(
      kGroups,
      R"({"channel_id":"ch_whatsapp_1","members":["+15551110001",{"identifier":"a@b.c"}],"name":"Team"})");
  ASSERT_EQ(response.status, 201);
  const Json group = Parsed(response)["data"];
  EXPECT_EQ(group["channel_type"], "whatsapp");
  EXPECT_EQ(group["name"], "Team");
  EXPECT_TRUE(group["chat_id"].is_null());
  EXPECT_EQ(group["chat_linked"], false);
  EXPECT_EQ(group["members"].size(), 2u);
  EXPECT_EQ(group["members"][1]["identifier"], "a@b.c");
  const std::string id = group["id"].get<std::string>();
  EXPECT_EQ(Parsed(caller.Get("/v4/groups/" + id))["data"], group);
  EXPECT_EQ(caller.Get("/v4/groups/grp_none").status, 404);
  EXPECT_EQ(caller.Get("/v4/groups/grp_demo1").status, 404) << "a v2 group";
}

TEST(V4CreateGroupTest, RefusesWith422AndANestedError) {
  struct Case {
    const char* body;
    const char* code;
  };
  for (const Case& c :
       {Case{R"({"members":["+15551110001"]})", "validation_failed"},
        Case{R"({"channel_id":"ch_blooio_1"})", "validation_failed"},
        Case{R"({"channel_id":"ch_blooio_1","members":"+15551110001"})", "validation_failed"},
        Case{R"({"channel_id":"ch_blooio_1","members":["+15551110001"],"chat_guid":"x"})", "unknown_fields"},
        Case{R"({"channel_id":"ch_blooio_1","members":[{"id":"+15551110001"}]})", "invalid_members"},
        Case{R"({"channel_id":"ch_blooio_1","members":[]})", "invalid_members"},
        Case{R"({"channel_id":"ch_blooio_1","members":["nobody"]})", "invalid_members"},
        Case{R"({"channel_id":"ch_twilio_1","members":["+15551110001"]})", "invalid_channel"},
        Case{R"({"channel_id":"ch_none","members":["+15551110001"]})", "invalid_channel"}}) {
    const HttpResponse response = Caller().Post(kGroups, c.body);
    EXPECT_EQ(response.status, 422) << c.body;
    EXPECT_EQ(Parsed(response)["error"]["code"], c.code) << c.body;
  }
}

TEST(V4ListGroupsTest, WalksAllPagesInOrder) {
  Caller caller;
  for (int i = 0; i < 7; ++i)
    caller.Post(kGroups, R"({"channel_id":"ch_blooio_1","members":["+15551110001"]})");
  std::set<std::string> ids;
  std::string query = "?limit=3";
  for (const size_t expected : {3u, 3u, 1u}) {
    const Json page = Parsed(caller.Get(kGroups + query));
    EXPECT_EQ(page["data"].size(), expected);
    for (const Json& group : page["data"]) ids.insert(group["id"].get<std::string>());
    EXPECT_EQ(page["has_more"].get<bool>(), expected == 3);
    EXPECT_EQ(page["next_cursor"].is_null(), expected == 1);
    if (expected == 3) query = "?limit=3&cursor=" + Encoded(page["next_cursor"].get<std::string>());
  }
  EXPECT_EQ(ids.size(), 7u);
}

TEST(V4ListGroupsTest, ExactlyFullLastPageHasNoCursor) {
  Caller caller;
  caller.Post(kGroups, R"({"channel_id":"ch_blooio_1","members":["+15551110001"]})");
  EXPECT_TRUE(Parsed(caller.Get("/v4/groups?limit=1"))["next_cursor"].is_null());
}

TEST(V4ListGroupsTest, BadQueriesAre400) {
  Caller caller;
  for (const char* query :
       {"limit=0", "limit=201", "limit=-1", "limit=", "limit=1.0", "limit=%201", "limit=1&limit=1",
        "cursor=", "cursor=AAAAAAAAAAAAAAAAAAAAAA%3D%3D", "offset=1", "limit"}) {
    EXPECT_EQ(caller.Get(std::string("/v4/groups?") + query).status, 400) << query;
  }
  EXPECT_EQ(caller.Get("/v4/groups?limit=200").status, 200);
}

TEST(CursorSealerTest, OpensItsOwnCursorsOnly) {
  const CursorSealer sealer;
  std::set<std::string> cursors;
  for (uint64_t position = 0; position < 100; ++position) {
    const std::string cursor = sealer.Seal(position);
    EXPECT_EQ(sealer.Open(cursor), position);
    EXPECT_EQ(CursorSealer().Open(cursor), std::nullopt);
    cursors.insert(cursor.substr(0, 4));
  }
  EXPECT_GT(cursors.size(), 90u) << "neighbours do not look alike";
}

TEST(V4SendTest, AnswersTheBareMessage) {
  Caller caller;
  const HttpResponse response = caller.Post(kSend, kText);
  ASSERT_EQ(response.status, 201);
  Json message = Parsed(response);
  message.erase("id");
  EXPECT_EQ(message,
            Json::parse(R"({"chat_id":"chat_demo_1","channel_id":"ch_blooio_1","channel_type":"blooio",
      "protocol":null,"direction":"outbound","type":"text","status":"queued","error":null})"));
}

TEST(V4SendTest, FixtureChats) {
  struct Case {
    const char* chat;
    int status;
    int messages;
  };
  for (const Case& c :
       {Case{"chat_whatsapp_1", 201, 1}, Case{"chat_failing_1", 201, 1}, Case{"chat_closed_1", 409, 0},
        Case{"chat_inactive_1", 409, 0}, Case{"chat_unbuilt_1", 501, 0}, Case{"chat_none", 404, 0},
        Case{"%2B15551110001", 404, 0}}) {
    Caller caller;
    EXPECT_EQ(caller.Post(std::string("/v4/chats/") + c.chat + "/messages", kText).status, c.status)
        << c.chat;
    EXPECT_EQ(caller.Count("messages"), c.messages) << c.chat;
  }
  const Json failed = Parsed(Caller().Post("/v4/chats/chat_failing_1/messages", kText));
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_TRUE(failed["error"].is_object());
  EXPECT_EQ(failed["fallback"]["recommended"], true);
}

TEST(V4SendTest, DryRunSendsNothingAndTakesNoKey) {
  Caller caller;
  const Headers key = {{"Idempotency-Key", "k"}};
  const HttpResponse dry =
      caller.Post(kSend, R"({"content":{"type":"text","text":"a"},"dry_run":true})", key);
  EXPECT_EQ(dry.status, 200);
  EXPECT_EQ(Parsed(dry)["would_send"], true);
  EXPECT_EQ(caller.Count("messages"), 0);
  EXPECT_EQ(caller.Post(kSend, kText, key).status, 201);
}

TEST(V4SendTest, IdempotencyComparesTheBody) {
  Caller caller;
  const Headers key = {{"Idempotency-Key", "k"}};
  const HttpResponse first = caller.Post(kSend, kText, key);
  const HttpResponse again = caller.Post(kSend, kText, key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(caller.Post(kSend, R"({"content":{"type":"text","text":"other"}})", key).status, 409);
  EXPECT_EQ(caller.Post("/v4/chats/chat_whatsapp_1/messages", kText, key).status, 409);
  EXPECT_EQ(caller.Count("messages"), 1);
}

TEST(V4SendTest, RefusesOtherDialectsAndUnknownFields) {
  struct Case {
    const char* body;
    const char* code;
  };
  for (const Case& c :
       {Case{R"({"text":"flat"})", "validation_failed"},
        Case{R"({"content":{"type":"text"}})", "invalid_content"},
        Case{R"({"content":{"text":"a"}})", "invalid_content"},
        Case{R"({"content":{"type":"text","text":""}})", "invalid_content"},
        Case{R"({"content":{"type":"poll","title":"a"}})", "invalid_content"},
        Case{R"({"content":{"type":"text","text":"a"},"to":"+1"})", "unknown_fields"},
        Case{R"({"content":{"type":"text","text":"a","link_preview":{"image_url":"u"}}})", "unknown_fields"},
        Case{R"({"content":{"type":"text","text":"a"},"dry_run":"yes"})", "validation_failed"}}) {
    const HttpResponse response = Caller().Post(kSend, c.body);
    EXPECT_EQ(response.status, 422) << c.body;
    EXPECT_EQ(Parsed(response)["error"]["code"], c.code) << c.body;
  }
  EXPECT_EQ(Caller()
                .Post(kSend, R"({"content":{"type":"text","text":"a","reply_to":"msg_1","effect":"slam",
      "link_preview":{"imageUrl":"u","title":"t"}}})")
                .status,
            201);
}

}  // namespace
}  // namespace blooio::sandbox
