#include "tests/sandbox/api.h"

#include <gtest/gtest.h>

#include "tests/unit/sandbox/test_request.h"

namespace blooio::sandbox {
namespace {

constexpr char kGroup[] = R"({"name":"Team"})";

TEST(ApiTest, UnknownPathIsHtml) {
  for (const char* target :
       {"/", "/v4", "/v4/group", "/v4/groups/", "/v2/groups", "/v2/api/groups/grp_1", "*"}) {
    const HttpResponse response = Caller().Get(target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_FALSE(Json::accept(response.body)) << target;
  }
}

TEST(ApiTest, WrongVerbNamesTheAllowedOnes) {
  const HttpResponse response = Caller().Handle(MakeRequest("DELETE", "/v4/groups")).response;
  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(HeaderValues(response.headers, "allow").size(), 1u);
  EXPECT_EQ(HeaderValues(response.headers, "allow")[0], "POST, GET");
}

TEST(ApiTest, OnlyItsOwnKeyIsAccepted) {
  for (const char* value :
       {"", "Bearer", "Bearer ", "Bearer bl_test_ke", "Bearer bl_test_keyy", "Basic bl_test_key"}) {
    HttpRequest request = MakeRequest("GET", "/v4/groups");
    request.headers[0].value = value;
    const HttpResponse response = Caller().Handle(request).response;
    EXPECT_EQ(response.status, 401) << value;
    EXPECT_EQ(Parsed(response)["error"], "Unauthorized") << "flat, not nested";
  }
}

TEST(ApiTest, EachOfItsKeysIsAccepted) {
  Caller caller;
  HttpRequest other = MakeRequest("GET", "/v4/groups");
  other.headers[0].value = "Bearer bl_other";
  EXPECT_EQ(caller.Handle(other).response.status, 401);
  caller.sandbox.api().keys.push_back("bl_other");
  EXPECT_EQ(caller.Handle(other).response.status, 200);
  EXPECT_EQ(caller.Get("/v4/groups").status, 200);
  caller.sandbox.api().keys.clear();
  EXPECT_EQ(caller.Handle(other).response.status, 401);
  EXPECT_EQ(caller.Get("/v4/groups").status, 401);
}

TEST(ApiTest, MeTellsWhoseKeyItIs) {
  Caller caller;
  const Json flat = Parsed(caller.Get("/v2/api/me"));
  EXPECT_EQ(flat["organization_id"], "org_demo1");
  EXPECT_EQ(flat["numbers"][0]["phone_number"], "+15550000001");
  EXPECT_EQ(Parsed(caller.Get("/v4/me")), Json({{"data", flat}}));
  for (const char* target : {"/v2/api/me", "/v4/me"}) {
    EXPECT_EQ(caller.Get(std::string(target) + "?a=b").status, 400);
    EXPECT_EQ(caller.Handle(MakeRequest("POST", target, "{}")).response.status, 405);
    caller.sandbox.api().keys = {"bl_other"};
    EXPECT_EQ(caller.Get(target).status, 401);
    caller.sandbox.Reset();
  }
}

TEST(ApiTest, KeySentTwiceOrNotAtAllIsRefused) {
  HttpRequest none = MakeRequest("POST", "/v2/api/groups", kGroup);
  none.headers.erase(none.headers.begin());
  HttpRequest twice = MakeRequest("POST", "/v2/api/groups", kGroup);
  twice.headers.push_back(twice.headers[0]);
  for (const HttpRequest& request : {none, twice}) {
    const HttpResponse response = Caller().Handle(request).response;
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(Parsed(response)["status"], 401);
  }
}

TEST(ApiTest, BodyHasToBeAJsonObjectDeclaredAsSuch) {
  struct Case {
    const char* body;
    const char* content_type;
    int v2_status;
    int v4_status;
  };
  for (const Case& c :
       {Case{"", "application/json", 400, 400}, Case{"{", "application/json", 400, 400},
        Case{"[]", "application/json", 400, 422}, Case{"{\"a\":\"\xff\"}", "application/json", 400, 400},
        Case{"{}", "text/plain", 400, 400}, Case{"{}", "", 400, 400}}) {
    for (const bool v4 : {false, true}) {
      HttpRequest request = MakeRequest("POST", v4 ? "/v4/groups" : "/v2/api/groups", c.body);
      request.headers.back().value = c.content_type;
      EXPECT_EQ(Caller().Handle(request).response.status, v4 ? c.v4_status : c.v2_status)
          << c.body << " as " << c.content_type;
    }
  }
}

TEST(ApiTest, ContentTypeMayHaveParametersAndAnyCase) {
  HttpRequest request = MakeRequest("POST", "/v2/api/groups", kGroup);
  request.headers.back() = {"content-type", "Application/JSON; charset=utf-8"};
  EXPECT_EQ(Caller().Handle(request).response.status, 201);
}

TEST(ApiTest, PostTakesNoQueryAndGetNoBody) {
  EXPECT_EQ(Caller().Post("/v2/api/groups?a=b", kGroup).status, 400);
  EXPECT_EQ(Caller().Handle(MakeRequest("GET", "/v4/groups", "{}")).response.status, 400);
}

TEST(ApiTest, V2ErrorsHaveBothShapes) {
  Caller caller;
  const Json newer = Parsed(caller.Post("/v2/api/groups", "{}"));
  EXPECT_EQ(newer["error"], "ApiError");
  EXPECT_EQ(newer["message"], "name is required.");
  EXPECT_EQ(newer["status"], 400);
  ASSERT_EQ(caller.Post("/__sandbox/options", R"({"v2_errors":"seed"})").status, 200);
  EXPECT_EQ(caller.Post("/v2/api/groups", "{}").body, R"({"error":"name is required.","status":400})");
}

}  // namespace
}  // namespace blooio::sandbox
