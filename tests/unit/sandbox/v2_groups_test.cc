#include <gtest/gtest.h>

#include "tests/unit/sandbox/test_request.h"

namespace blooio::sandbox {
namespace {

constexpr char kPath[] = "/v2/api/groups";

TEST(V2CreateGroupTest, AnswersFlatWithEveryField) {
  Caller caller;
  const HttpResponse response =
      caller.Post(kPath, R"({"name":"Team","members":["+15551110001","a@b.c","A@B.c"]})");
  ASSERT_EQ(response.status, 201);
  Json group = Parsed(response);
  EXPECT_TRUE(group["group_id"].get<std::string>().starts_with("grp_"));
  EXPECT_TRUE(group["created_at"].is_number_integer());
  group.erase("group_id");
  group.erase("created_at");
  EXPECT_EQ(group, Json::parse(R"({"name":"Team","chat_guid":null,"icon_url":null,"member_count":2,
      "message_count":0,"last_message_text":null,"last_message_time":null,"last_message_direction":null,
      "added_members":["+15551110001","a@b.c"],"created_contacts":["+15551110001","a@b.c"]})"));
}

TEST(V2CreateGroupTest, RefusesWhatThePageDoesNotAllow) {
  const std::string long_name(256, 'x');
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"name":1})"), std::string(R"({"name":null})"),
        std::string(R"({"name":""})"), R"({"name":")" + long_name + R"("})",
        std::string(R"({"name":"a","color":"red"})"), std::string(R"({"name":"a","chat_guid":""})"),
        std::string(R"({"name":"a","members":"+15551110001"})"),
        std::string(R"({"name":"a","members":["5551110001"]})"),
        std::string(R"({"name":"a","members":[{"identifier":"+15551110001"}]})"),
        std::string(R"({"name":"a","members":["+15551110001,+15551110002"]})")}) {
    EXPECT_EQ(Caller().Post(kPath, body).status, 400) << body;
  }
}

TEST(V2CreateGroupTest, NameLengthCountsCodePoints) {
  std::string name;
  for (int i = 0; i < 255; ++i) name += "\xc3\xa9";
  EXPECT_EQ(Caller().Post(kPath, R"({"name":")" + name + R"("})").status, 201);
  EXPECT_EQ(Caller().Post(kPath, R"({"name":")" + name + R"(e"})").status, 400);
}

TEST(V2CreateGroupTest, KnownParticipantSetIsAConflict) {
  Caller caller;
  ASSERT_EQ(caller.Post(kPath, R"({"name":"a","members":["+15551110001","a@b.c"]})").status, 201);
  EXPECT_EQ(caller.Post(kPath, R"({"name":"b","members":["A@b.c","+15551110001"]})").status, 409);
  EXPECT_EQ(caller.Post(kPath, R"({"name":"b","members":["+15551110001"]})").status, 201);
  EXPECT_EQ(caller.Count("groups"), 4) << "two fixtures and two made here";
}

TEST(V2CreateGroupTest, GroupsOfNobodyDoNotConflict) {
  Caller caller;
  EXPECT_EQ(caller.Post(kPath, R"({"name":"a"})").status, 201);
  EXPECT_EQ(caller.Post(kPath, R"({"name":"a","members":[]})").status, 201);
}

TEST(V2CreateGroupTest, KnownChatGuidIsAConflictButSharedPeopleAreNot) {
  Caller caller;
  const std::string people = R"("members":["+15551110001"])";
  EXPECT_EQ(caller.Post(kPath, R"({"name":"a","chat_guid":"iMessage;+;1",)" + people + "}").status, 201);
  EXPECT_EQ(caller.Post(kPath, R"({"name":"b","chat_guid":"iMessage;+;2",)" + people + "}").status, 201);
  EXPECT_EQ(caller.Post(kPath, R"({"name":"c","chat_guid":"iMessage;+;1"})").status, 409);
  EXPECT_EQ(caller.Post(kPath, R"({"name":"d",)" + people + "}").status, 409)
      << "no chat_guid: people decide";
}

}  // namespace
}  // namespace blooio::sandbox
