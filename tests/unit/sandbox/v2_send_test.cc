#include <gtest/gtest.h>

#include <string>

#include "tests/unit/sandbox/test_request.h"

namespace blooio::sandbox {
namespace {

constexpr char kText[] = R"({"text":"hello"})";

std::string PathOf(const std::string& chat) { return "/v2/api/chats/" + chat + "/messages"; }
const std::string kPerson = PathOf("%2B15551110001");

TEST(V2SendTest, OnePersonGetsOneMessage) {
  Caller caller;
  const HttpResponse response = caller.Post(kPerson, kText);
  EXPECT_EQ(response.status, 202);
  const Json body = Parsed(response);
  EXPECT_EQ(body.size(), 2u) << body;
  EXPECT_TRUE(body["message_id"].get<std::string>().starts_with("msg_"));
  EXPECT_EQ(body["status"], "queued");
  EXPECT_EQ(caller.Count("messages"), 1);
}

TEST(V2SendTest, ChatIds) {
  struct Case {
    const char* chat;
    int status;
  };
  for (const Case& c :
       {Case{"%2B15551110001", 202}, Case{"user%40example.com", 202}, Case{"user@example.com", 202},
        Case{"+15551110001", 400}, Case{"%2B1555", 400}, Case{"%2B05551110001", 400},
        Case{"15551110001", 400}, Case{"%2", 400}, Case{"grp_demo1", 202}, Case{"grp_none", 404},
        Case{"grp_unlinkable1", 400}, Case{"chat_demo_1", 400}, Case{"%2B15551110001%2Ca%40b.c", 202},
        Case{"%2B15551110001,a@b.c", 202}, Case{"%2B15551110001%2C%20a%40b.c", 400},
        Case{"%2B15551110001%2C", 400}, Case{"grp_demo1%2C%2B15551110001", 400}}) {
    EXPECT_EQ(Caller().Post(PathOf(c.chat), kText).status, c.status) << c.chat;
  }
}

TEST(V2SendTest, ABodyOfManyKeysOrLevelsIsRefused) {
  std::string keys;
  for (int i = 0; i < 200000; ++i) keys += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  Caller caller;
  EXPECT_EQ(caller.Post(kPerson, R"({"text":"hi","metadata":{)" + keys + "}}").status, 400);
  const std::string deep = std::string(1000000, '[') + std::string(1000000, ']');
  EXPECT_EQ(caller.Post(kPerson, R"({"text":"hi","metadata":{"a":)" + deep + "}}").status, 400);
  EXPECT_EQ(caller.Post(kPerson, R"({"text":"hi","metadata":{"a":[[1]]}})").status, 202);
}

TEST(V2SendTest, ListMakesAGroupThenReusesIt) {
  Caller caller;
  const Json first = Parsed(caller.Post(PathOf("%2B15551110001%2Ca%40b.c"), kText));
  EXPECT_EQ(first["group_created"], true);
  EXPECT_EQ(first["participants"], Json::parse(R"(["+15551110001","a@b.c"])"));
  const Json second = Parsed(caller.Post(PathOf("A%40b.c%2C%2B15551110001"), kText));
  EXPECT_EQ(second["group_created"], false);
  EXPECT_EQ(second["group_id"], first["group_id"]);
  EXPECT_EQ(caller.Post(PathOf(first["group_id"].get<std::string>()), kText).status, 202);
  EXPECT_EQ(caller.Count("groups"), 3);
}

TEST(V2SendTest, FirstMessageLinksAGroup) {
  Caller caller;
  const Json group =
      Parsed(caller.Post("/v2/api/groups", R"({"name":"a","members":["+15551110001","+15551110002"]})"));
  EXPECT_EQ(caller.Post(PathOf(group["group_id"].get<std::string>()), kText).status, 202);
  const Json state = Parsed(caller.Get("/__sandbox/state"));
  EXPECT_TRUE(state["groups"].back()["chat_guid"].is_string());
  EXPECT_EQ(state["groups"].back()["message_count"], 1);
}

TEST(V2SendTest, ReplayAnswers200WithTheOriginalIdsWhateverTheBody) {
  Caller caller;
  const HttpResponse first = caller.Post(kPerson, kText, {{"Idempotency-Key", "k"}});
  const HttpResponse again = caller.Post(kPerson, R"({"text":"other"})", {{"idempotency-key", "k"}});
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(caller.Count("messages"), 1);
  EXPECT_EQ(caller.Post(kPerson, kText, {{"Idempotency-Key", "a b"}}).status, 400);
  EXPECT_EQ(caller.Post(kPerson, kText, {{"Idempotency-Key", ""}}).status, 400);
}

TEST(V2SendTest, RefusedSendsDoNotTakeTheKey) {
  Caller caller;
  const Headers key = {{"Idempotency-Key", "k"}};
  EXPECT_EQ(caller.Post(PathOf("%2B15550000503"), kText, key).status, 503);
  EXPECT_EQ(caller.Post(kPerson, kText, key).status, 202);
}

TEST(V2SendTest, Senders) {
  struct Case {
    const char* header;
    const char* body;
    int status;
  };
  for (const Case& c :
       {Case{"+15550000002", kText, 202}, Case{"+15559999999", kText, 403}, Case{"me", kText, 400},
        Case{nullptr, R"({"text":"a","from_number":"+15550000002"})", 202},
        Case{nullptr, R"({"text":"a","from_number":"+15559999999"})", 403},
        Case{"+15550000001", R"({"text":"a","from_number":"+15550000002"})", 400}}) {
    Caller caller;
    const Headers headers = c.header ? Headers{{"X-From-Number", c.header}} : Headers{};
    EXPECT_EQ(caller.Post(kPerson, c.body, headers).status, c.status) << c.body;
    if (c.status == 202) {
      EXPECT_EQ(Parsed(caller.Get("/__sandbox/state"))["messages"][0]["from"], "+15550000002");
    }
  }
}

TEST(V2SendTest, SeveralMessagesAnswerWithTheirIds) {
  Caller caller;
  const Json texts = Parsed(caller.Post(kPerson, R"({"text":["a","b"]})"));
  EXPECT_EQ(texts["message_ids"].size(), 2u);
  EXPECT_FALSE(texts.contains("message_id"));
  const Json parts = Parsed(caller.Post(
      kPerson,
      R"({"parts":[{"text":"https://a.example","link_preview":{"title":"A"}},{"text":"http://b.example"}]})"));
  EXPECT_EQ(parts["count"], 2);
  EXPECT_EQ(caller.Count("messages"), 4);
}

TEST(V2SendTest, Bodies) {
  struct Case {
    const char* body;
    int status;
  };
  for (const Case& c : {
           Case{R"({})", 400},
           Case{R"({"text":""})", 400},
           Case{R"({"text":[]})", 400},
           Case{R"({"text":["a",1]})", 400},
           Case{R"({"txt":"a"})", 400},
           Case{R"({"attachments":["https://a.example/x.png",{"url":"https://a.example/y","name":"y"}]})",
                202},
           Case{R"({"attachments":[]})", 400},
           Case{R"({"attachments":["ftp://a.example"]})", 400},
           Case{R"({"attachments":[{"name":"y"}]})", 400},
           Case{R"({"text":"a","parts":[{"text":"a"}]})", 400},
           Case{R"({"parts":[{"text":"a","mention":"+15551110001"},{"url":"https://a.example","name":"n"}]})",
                202},
           Case{R"({"parts":[{"text":"a","url":"https://a.example"}]})", 400},
           Case{R"({"parts":[{"url":"https://a.example","mention":"+15551110001"}]})", 400},
           Case{R"({"parts":[{"text":"a","name":"n"}]})", 400},
           Case{R"({"parts":[{"text":"a"}],"effect":"slam"})", 400},
           Case{R"({"parts":[{"text":"not a url","link_preview":{}}]})", 400},
           Case{R"({"text":"a","effect":"Invisible-Ink"})", 202},
           Case{R"({"text":"a","effect":null,"link_preview":null})", 202},
           Case{R"({"text":"a","effect":"boom"})", 400},
           Case{R"({"text":"https://a.example","link_preview":{"image_url":"u","title":"t"}})", 202},
           Case{R"({"text":"a","link_preview":{"imageUrl":"u"}})", 400},
           Case{R"({"text":"a","use_typing_indicator":true,"share_contact":false,"metadata":{"a":1}})", 202},
           Case{R"({"text":"a","share_contact":"yes"})", 400},
           Case{R"({"text":"a","reply_to":{"guid":"g","part_index":0}})", 202},
           Case{R"({"text":"a","reply_to":{"message_id":"msg_none"}})", 404},
           Case{R"({"text":"a","reply_to":{"message_id":"msg_demo1"}})", 400},
           Case{R"({"text":["a"],"reply_to":{"guid":"g"}})", 400},
           Case{R"({"text":"a","reply_to":{}})", 400},
       }) {
    EXPECT_EQ(Caller().Post(kPerson, c.body).status, c.status) << c.body;
  }
  const std::string metadata(1100, 'x');
  EXPECT_EQ(Caller().Post(kPerson, R"({"text":"a","metadata":{"a":")" + metadata + R"("}})").status, 400);
}

TEST(V2SendTest, RepliesNameAMessageOfTheSameChat) {
  Caller caller;
  const std::string id = Parsed(caller.Post(kPerson, kText))["message_id"].get<std::string>();
  const std::string reply = R"({"text":"a","reply_to":{"message_id":")" + id + R"("}})";
  EXPECT_EQ(caller.Post(kPerson, reply).status, 202);
  EXPECT_EQ(Parsed(caller.Post(PathOf("a%40b.c"), reply))["code"], "reply_target_chat_mismatch");
}

TEST(V2SendTest, FixtureRecipients) {
  for (const RecipientFixture& fixture : RecipientFixtures()) {
    Caller caller;
    const std::string number = "%2B" + std::string(fixture.identifier.substr(1));
    const HttpResponse response = caller.Post(PathOf(number), kText);
    EXPECT_EQ(response.status, fixture.status) << number;
    const Json body = Parsed(response);
    EXPECT_EQ(body.value("code", ""), fixture.code);
    EXPECT_EQ(caller.Count("messages"), fixture.status == 202 ? 1 : 0);
    if (fixture.status == 202) {
      EXPECT_EQ(body["status"], "failed");
    }
  }
}

}  // namespace
}  // namespace blooio::sandbox
