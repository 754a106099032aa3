#include "tests/sandbox/control.h"

#include <gtest/gtest.h>

#include "tests/sandbox/idempotency.h"
#include "tests/unit/sandbox/test_request.h"

namespace blooio::sandbox {
namespace {

constexpr char kRequests[] = "/__sandbox/requests";

TEST(JournalTest, ListsRequestsAsTheyCameButNeverTheKey) {
  Caller caller;
  const Answer answer = caller.Handle(MakeRequest("POST", "/v4/groups?a=%2B", "{\"b\":1}", {{"X-Odd", "1"}}));
  caller.sandbox.Answered(answer.journal_number, 400);
  const HttpResponse list = caller.Get(kRequests);
  EXPECT_EQ(list.body.find(kTestKey), std::string::npos);
  const Json request = Parsed(list)["requests"][0];
  EXPECT_EQ(request["verb"], "POST");
  EXPECT_EQ(request["target"], "/v4/groups?a=%2B");
  EXPECT_EQ(request["body"], "{\"b\":1}");
  EXPECT_EQ(request["connection"], 1);
  EXPECT_EQ(request["answered"], 400);
  EXPECT_TRUE(request["fault"].is_null());
  EXPECT_EQ(request["headers"][0], Json::parse(R"(["X-Odd","1"])"));
  EXPECT_EQ(request["headers"][1][1], "Bearer sha256:" + HexSha256(kTestKey).substr(0, 8));
}

TEST(JournalTest, BodiesThatAreNotTextAreBase64) {
  Caller caller;
  caller.Handle(MakeRequest("POST", "/v4/groups", "\xff\xfe\xfd"));
  const Json request = Parsed(caller.Get(kRequests))["requests"][0];
  EXPECT_EQ(request["body_base64"], "//79");
  EXPECT_FALSE(request.contains("body"));
  EXPECT_TRUE(request["answered"].is_null());
}

TEST(JournalTest, PagesClearsAndKeepsCounting) {
  Caller caller;
  for (int i = 0; i < 5; ++i) caller.Get("/v4/groups");
  EXPECT_EQ(Parsed(caller.Get("/__sandbox/requests?after=3"))["requests"].size(), 2u);
  EXPECT_EQ(Parsed(caller.Get("/__sandbox/requests?after=1&limit=2"))["requests"][1]["number"], 3);
  EXPECT_EQ(caller.Get("/__sandbox/requests?from=1").status, 400);
  caller.Handle(MakeRequest("DELETE", kRequests));
  caller.Get("/v4/groups");
  const Json list = Parsed(caller.Get(kRequests));
  ASSERT_EQ(list["requests"].size(), 1u);
  EXPECT_EQ(list["requests"][0]["number"], 6);
  EXPECT_EQ(list["forgotten"], 5);
}

TEST(JournalTest, NamesTheFaultThatHit) {
  Caller caller;
  caller.Post("/__sandbox/faults", R"({"fault":{"status":500}})");
  caller.Get("/v4/groups");
  EXPECT_EQ(Parsed(caller.Get(kRequests))["requests"][0]["fault"], 1);
}

TEST(JournalTest, CanBeSwitchedOff) {
  Caller caller;
  caller.Post("/__sandbox/options", R"({"journal":false})");
  caller.Get("/v4/groups");
  EXPECT_EQ(caller.Count("requests"), 0);
}

TEST(BoundedLogTest, ForgetsTheOldestPastEitherBound) {
  BoundedLog<int> log(3, 100);
  for (int i = 0; i < 5; ++i) log.Push(i, 1);
  EXPECT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0], 2);
  log.Push(5, 99);
  EXPECT_EQ(log.size(), 2u);
  log.Push(6, 1000);
  ASSERT_EQ(log.size(), 1u) << "the newest stays, however large";
  EXPECT_EQ(log[0], 6);
  EXPECT_EQ(log.total(), 7u);
}

TEST(ControlTest, NeedsNoKeyAndIsNotJournaled) {
  Caller caller;
  HttpRequest request = MakeRequest("GET", "/__sandbox/state");
  request.headers.clear();
  EXPECT_EQ(caller.Handle(request).response.status, 200);
  EXPECT_EQ(caller.Count("requests"), 0);
}

TEST(ControlTest, MakesChatsThatCanBeSentTo) {
  Caller caller;
  const HttpResponse made =
      caller.Post("/__sandbox/chats", R"({"channel_id":"ch_twilio_1","to":"+15551110001"})");
  ASSERT_EQ(made.status, 201);
  const std::string chat = Parsed(made)["chat_id"].get<std::string>();
  EXPECT_EQ(
      caller.Post("/v4/chats/" + chat + "/messages", R"({"content":{"type":"text","text":"a"}})").status,
      201);
  const Json message = Parsed(caller.Get("/__sandbox/state"))["messages"][0];
  EXPECT_EQ(message["recipients"], Json::parse(R"(["+15551110001"])"));
  EXPECT_EQ(message["text"], "a");
}

TEST(ControlTest, ListsWhatWasExecutedAPageAtATime) {
  Caller caller;
  for (const char* text : {"a", "b", "c"}) {
    caller.Post("/v2/api/chats/a%40b.c/messages", std::string(R"({"text":")") + text + R"("})");
    caller.Post("/v2/api/groups", std::string(R"({"name":")") + text + R"("})");
  }
  caller.Post("/v4/groups", R"({"channel_id":"ch_blooio_1","members":["+15551110001"],"name":"d"})");
  const Json messages = Parsed(caller.Get("/__sandbox/messages?after=1&limit=1"));
  ASSERT_EQ(messages["messages"].size(), 1u);
  EXPECT_EQ(messages["messages"][0]["text"], "b");
  EXPECT_EQ(messages["messages"][0]["number"], 2);
  EXPECT_EQ(messages["total"], 3);
  // Two groups are fixtures.
  const Json groups = Parsed(caller.Get("/__sandbox/groups/v2?after=3"));
  ASSERT_EQ(groups["groups"].size(), 2u);
  EXPECT_EQ(groups["groups"][0]["name"], "b");
  EXPECT_EQ(groups["total"], 5);
  EXPECT_EQ(Parsed(caller.Get("/__sandbox/groups/v4"))["groups"][0]["name"], "d");
  EXPECT_EQ(caller.Get("/__sandbox/groups/v4?after=x").status, 400);
  EXPECT_EQ(Parsed(caller.Get("/__sandbox/messages?after=9"))["messages"].size(), 0u);
}

TEST(ControlTest, IsAwayForAsLongAsItWasAsked) {
  Caller caller;
  std::chrono::milliseconds away{0};
  caller.sandbox.be_away = [&away](std::chrono::milliseconds time) { away = time; };
  for (const char* bad : {"", "{}", R"({"milliseconds":0})", R"({"milliseconds":60001})"}) {
    EXPECT_EQ(caller.Post("/__sandbox/outage", bad).status, 400) << bad;
  }
  EXPECT_EQ(away.count(), 0);
  EXPECT_EQ(caller.Post("/__sandbox/outage", R"({"milliseconds":250})").status, 200);
  EXPECT_EQ(away.count(), 250);
}

TEST(ControlTest, LinksAChatToAGroup) {
  Caller caller;
  const Json group =
      Parsed(caller.Post("/v4/groups", R"({"channel_id":"ch_blooio_1","members":["+15551110001"]})"))["data"];
  const std::string id = group["id"].get<std::string>();
  const std::string body = R"({"group_id":")" + id + R"("})";
  const Json chat = Parsed(caller.Post("/__sandbox/chats", body));
  const Json linked = Parsed(caller.Get("/v4/groups/" + id))["data"];
  EXPECT_EQ(linked["chat_id"], chat["chat_id"]);
  EXPECT_EQ(linked["chat_linked"], true);
  EXPECT_EQ(caller.Post("/__sandbox/chats", body).status, 200) << "it has one already";
}

TEST(ControlTest, ResetGoesBackToTheFixtures) {
  Caller caller;
  const std::string send = "/v2/api/chats/a%40b.c/messages";
  caller.Post("/__sandbox/options", R"({"v2_errors":"seed"})");
  caller.Post(send, R"({"text":"a"})", {{"Idempotency-Key", "k"}});
  caller.Post("/__sandbox/faults", R"({"fault":{"status":500}})");
  EXPECT_EQ(caller.Post("/__sandbox/reset", "").status, 200);
  EXPECT_EQ(caller.Count("messages"), 0);
  EXPECT_EQ(Parsed(caller.Get("/__sandbox/options"))["v2_errors"], "newer");
  EXPECT_EQ(caller.Post(send, R"({"text":"a"})", {{"Idempotency-Key", "k"}}).status, 202);
}

TEST(ControlTest, SetsTheKeysThatAreAccepted) {
  Caller caller;
  const auto fingerprint = [](const char* key) { return "sha256:" + HexSha256(key).substr(0, 8); };
  EXPECT_EQ(Parsed(caller.Get("/__sandbox/keys"))["keys"], Json::array({fingerprint(kTestKey)}));
  const HttpResponse set = caller.Post("/__sandbox/keys", R"({"keys":["bl_a","bl_b"]})");
  EXPECT_EQ(set.status, 200);
  EXPECT_EQ(Parsed(set)["keys"], Json::array({fingerprint("bl_a"), fingerprint("bl_b")}));
  EXPECT_EQ(caller.Get("/v4/groups").status, 401);
  EXPECT_EQ(caller.Post("/__sandbox/keys", R"({"keys":[]})").status, 200);
  for (const char* bad : {"", "[]", "{}", R"({"keys":"bl_a"})", R"({"keys":[""]})", R"({"keys":[1]})",
                          R"({"keys":["a"],"more":1})"}) {
    EXPECT_EQ(caller.Post("/__sandbox/keys", bad).status, 400) << bad;
  }
  EXPECT_EQ(caller.Post("/__sandbox/keys", Dump({{"keys", Json(std::vector<std::string>(17, "a"))}})).status,
            400);
  caller.Post("/__sandbox/reset", "");
  EXPECT_EQ(caller.Get("/v4/groups").status, 200);
}

TEST(ControlTest, RefusesWhatItDoesNotKnow) {
  Caller caller;
  EXPECT_EQ(caller.Get("/__sandbox/nothing").status, 404);
  EXPECT_EQ(caller.Post("/__sandbox/state", "{}").status, 405);
  EXPECT_EQ(caller.Post("/__sandbox/chats", "{").status, 400);
  EXPECT_EQ(caller.Post("/__sandbox/chats", R"({"to":"x"})").status, 400);
  EXPECT_EQ(caller.Post("/__sandbox/chats", R"({"channel_id":"ch_none","to":"x"})").status, 404);
  EXPECT_EQ(caller.Post("/__sandbox/options", R"({"v2_errors":"old"})").status, 400);
}

}  // namespace
}  // namespace blooio::sandbox
