#include "service/transcoding/request_writer.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "service/transcoding/validator.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

RestRequest Write(std::string_view method, std::string_view text, bool headers_into_body = false) {
  const Route& route = RouteOf(method);
  auto request = Make(*route.request, text);
  EXPECT_TRUE(Validate(route, *request).empty()) << text;
  return WriteRequest(route, *request, {.headers_into_body = headers_into_body});
}

struct Row {
  const char* method;
  const char* request;
  Verb verb;
  const char* path;
  const char* body;  // "-": none
};

constexpr char kGet[] = "blooio.testing.v1.GoodService/GetThing";
constexpr char kDelete[] = "blooio.testing.v1.GoodService/DeleteThing";
constexpr char kPatch[] = "blooio.testing.v1.GoodService/PatchThing";
constexpr char kPut[] = "blooio.testing.v1.GoodService/PutThing";
constexpr char kTyping[] = "blooio.testing.v1.GoodService/StartTyping";

const std::vector<Row> kRows = {
    {kGet, R"(thing_id: "a b")", Verb::kGet, "/things/a%20b/parts/0", "-"},
    {kGet, R"(thing_id: "..." number: -9223372036854775808)", Verb::kGet,
     "/things/.../parts/-9223372036854775808", "-"},
    {kGet, R"(thing_id: "t" number: 7 tags: "a&b" tags: "" tags: "c" deep: false color: COLOR_DARK_BLUE
              colors: COLOR_RED colors: COLOR_DARK_BLUE ratio: 0.1 since: 18446744073709551615)",
     Verb::kGet,
     "/things/t/parts/7?tags=a%26b&tags=&tags=c&deep=false&color=dark_blue&color%5B%5D=red"
     "&color%5B%5D=dark_blue&ratio=0.1&since=18446744073709551615",
     "-"},
    {kDelete, "thing_id: 0", Verb::kDelete, "/things/0", "-"},
    {kDelete, "thing_id: -5 force: true", Verb::kDelete, "/things/-5?force=true", "-"},
    {kPatch, "color: COLOR_DARK_BLUE", Verb::kPatch, "/things/dark_blue", "{}"},
    {kPatch,
     R"(color: COLOR_RED big: 9223372036854775807 huge: 18446744073709551615 real: 1e300 single: 0.1
        truths: true truths: false colors: COLOR_DARK_BLUE colors: COLOR_RED)",
     Verb::kPatch, "/things/red",
     R"({"big":9223372036854775807,"huge":18446744073709551615,"real":1e+300,"single":0.1,)"
     R"("truths":[true,false],"colors":["dark_blue","red"]})"},
    {kPatch, R"(color: COLOR_RED big: -9223372036854775808 huge: 0 real: -0.0 single: 1e20)", Verb::kPatch,
     "/things/red", R"({"big":-9223372036854775808,"huge":0,"real":0,"single":1e+20})"},
    {kPatch, R"(color: COLOR_RED object {} any { null_value: 0 } list {} anys { list_value {} } anys {})",
     Verb::kPatch, "/things/red", R"({"object":{},"any":null,"list":[],"anys":[[],null]})"},
    {kPatch,
     R"(color: COLOR_RED
        object { fields { key: "z\"\n" value { string_value: "é\\" } } fields { key: "" value { bool_value: false } } }
        any { struct_value { fields { key: "a" value { number_value: -3 } } } }
        list { values { number_value: 1e21 } values { string_value: "" } values { list_value { values {} } } })",
     Verb::kPatch, "/things/red",
     R"({"object":{"":false,"z\"\n":"é\\"},"any":{"a":-3},"list":[1e+21,"",[null]]})"},
    {kPatch,
     R"(color: COLOR_RED tagged { album { title: "t" pages { note {} } pages { album { object {} } } } }
        eithers { text: "" } eithers { number: -1 } eithers { note { stars: 5 } } eithers { note {} })",
     Verb::kPatch, "/things/red",
     R"({"tagged":{"type":"album","title":"t","pages":[{"type":"note"},{"type":"album","object":{}}]},)"
     R"("eithers":["",-1,{"stars":5},{}]})"},
    {kPut, R"(place { number: -0 } name: "n")", Verb::kPut, "/places/0", R"({"name":"n"})"},
    {kPut, R"(place { name: "a,b/.." })", Verb::kPut, "/places/a%2Cb%2F..", "{}"},
    {kTyping, R"(place { list { people: "+15551234567" people: "+447700900123" } })", Verb::kPost,
     "/things/%2B15551234567%2C%2B447700900123/typing", "-"},
};

TEST(WriteRequest, CoversVerbsQueriesPathsAndTypes) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.request);
    const RestRequest call = Write(row.method, row.request);
    EXPECT_EQ(call.verb, row.verb);
    EXPECT_EQ(call.path, row.path);
    EXPECT_EQ(call.has_body ? call.body : "-", row.body);
    EXPECT_TRUE(!call.has_body || nlohmann::json::accept(call.body));
  }
}

TEST(WriteRequest, OnlyWhatHasNoSideEffectsMayBeRepeated) {
  EXPECT_TRUE(Write(kGet, R"(thing_id: "t")").read_only);
  EXPECT_FALSE(Write(kDelete, "thing_id: 1").read_only);
  EXPECT_FALSE(Write(kPatch, "color: COLOR_RED").read_only);
}

TEST(WriteRequest, MovesHeadersIntoTheBodyWhereToldTo) {
  constexpr char kSend[] = "blooio.v2.MessagesService/SendMessage";
  constexpr char kText[] =
      R"(chat_id { phone_number: "+15551234567" } from_number: "+15557654321" text: "hi" idempotency_key: "k")";
  const RestRequest apart = Write(kSend, kText);
  EXPECT_THAT(apart.headers, testing::ElementsAre(Header{"X-From-Number", "+15557654321"}));
  EXPECT_EQ(apart.body, R"({"text":"hi"})");
  const RestRequest inside = Write(kSend, kText, true);
  EXPECT_THAT(inside.headers, testing::IsEmpty());
  EXPECT_EQ(inside.body, R"({"from_number":"+15557654321","text":"hi"})");

  const RestRequest renamed = Write(kPut, R"(place { number: 1 } region: "eu" name: "n")", true);
  EXPECT_EQ(renamed.body, R"({"the_region":"eu","name":"n"})");
  EXPECT_EQ(Write(kPut, R"(place { number: 1 } name: "n")", true).body, R"({"name":"n"})");
  // This one's header has no place in a body.
  EXPECT_THAT(Write(kDelete, R"(thing_id: 1 trace: "t")", true).headers,
              testing::ElementsAre(Header{"X-Trace", "t"}));
}

TEST(WriteRequest, RepairsIllFormedText) {
  const Route& route = RouteOf("blooio.v2.GroupsService/CreateGroup");
  auto request = Make(*route.request);
  request->GetReflection()->SetString(request.get(), route.request->FindByName("name")->field, "a\xFFz");
  EXPECT_EQ(WriteRequest(route, *request).body, "{\"name\":\"a\uFFFDz\"}");
}

TEST(WriteRequest, GivesTheSameBytesForTheSameRequest) {
  std::string forth = R"(color: COLOR_RED object { )";
  std::string back = forth;
  for (int i = 0; i < 50; ++i) {
    const auto field = [](int n) {
      return "fields { key: \"k" + std::to_string(n) + "\" value { number_value: " + std::to_string(n) +
             " } } ";
    };
    forth += field(i);
    back += field(49 - i);
  }
  EXPECT_EQ(Write(kPatch, forth + "}").body, Write(kPatch, back + "}").body);
}

}  // namespace
}  // namespace blooio::gateway
