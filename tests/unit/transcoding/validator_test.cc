#include "service/transcoding/validator.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAreArray;

std::string Times(const std::string& piece, int times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

// "path: description" of each violation, then "and N more".
std::vector<std::string> Spell(const Violations& violations) {
  std::vector<std::string> lines;
  for (const Violation& violation : violations.first) {
    lines.push_back(violation.path + ": " + violation.description);
  }
  if (violations.more > 0) lines.push_back("and " + std::to_string(violations.more) + " more");
  return lines;
}

std::vector<std::string> Check(std::string_view method, const std::string& text) {
  const Route& route = RouteOf(method);
  return Spell(Validate(route, *Make(*route.request, text)));
}

constexpr char kV2Group[] = "blooio.v2.GroupsService/CreateGroup";
constexpr char kV2Send[] = "blooio.v2.MessagesService/SendMessage";
constexpr char kV4Group[] = "blooio.v4.GroupsService/CreateGroup";
constexpr char kV4List[] = "blooio.v4.GroupsService/ListGroups";
constexpr char kV4Get[] = "blooio.v4.GroupsService/GetGroup";
constexpr char kV4Send[] = "blooio.v4.MessagesService/SendChatMessage";
constexpr char kGetThing[] = "blooio.testing.v1.GoodService/GetThing";
constexpr char kDeleteThing[] = "blooio.testing.v1.GoodService/DeleteThing";
constexpr char kPatchThing[] = "blooio.testing.v1.GoodService/PatchThing";
constexpr char kPutThing[] = "blooio.testing.v1.GoodService/PutThing";
constexpr char kTyping[] = "blooio.testing.v1.GoodService/StartTyping";

constexpr char kAscii[] = "has to be visible ASCII, without blanks or line breaks";
constexpr char kPhone[] = "has to be a phone number in E.164 form: +, then 2 to 15 digits";
constexpr char kPhoneOrMail[] =
    "has to be a phone number in E.164 form (+, then 2 to 15 digits) or an e-mail address without commas or "
    "blanks";
constexpr char kMail[] = "has to be an e-mail address without commas or blanks";
constexpr char kGroupId[] = "has to be a group id, which begins with grp_ and has no commas or blanks";
constexpr char kChatId[] = "has to be a chat id, which begins with chat_";
constexpr char kNumber[] = "holds a number that JSON cannot carry";

struct Row {
  const char* method;
  std::string request;
  std::vector<std::string> violations;
};

std::string Is(const char* path, std::string_view what) {
  return std::string(path) + ": " + std::string(what);
}

const std::vector<Row> kRows = {
    // Required fields.
    {kV2Group, "", {"name: is required"}},
    {kV4Group, "", {"channel_id: is required", "members: is required"}},
    {kV2Send, "", {"chat_id: is required"}},
    {kV4Send, "", {"chat_id: is required", "content: is required"}},
    {kV4Get, "", {"group_id: is required"}},
    {kV4Send, "chat_id: 'chat_1' content {}", {"content: needs one of: text"}},
    {kV4Send, "chat_id: 'chat_1' content { text {} }", {"content.text.text: is required"}},
    {kV2Send, "chat_id {}", {"chat_id: needs one of: phone_number, email, group_id, recipients"}},
    {kV2Send, "chat_id { recipients {} }", {"chat_id.recipients.identifiers: is required"}},
    {kV2Send,
     "chat_id { recipients { identifiers: '' } }",
     {"chat_id.recipients.identifiers[0]: must not be empty"}},

    // Lengths, in code points.
    {kV2Group, "name: '" + Times("é", 255) + "'", {}},
    {kV2Group, "name: '" + Times("é", 256) + "'", {"name: has to be at most 255 characters long, is 256"}},
    {kV2Group, "name: 'n' idempotency_key: '" + Times("k", 255) + "'", {}},
    {kV2Group,
     "name: 'n' idempotency_key: '" + Times("k", 256) + "'",
     {"idempotency_key: has to be at most 255 characters long, is 256"}},
    {kV2Group, "name: 'n' idempotency_key: ''", {"idempotency_key: must not be empty"}},
    {kPatchThing,
     "color: COLOR_RED short_text: 'é' long_text: 'é'",
     {"short_text: has to be at least 2 characters long, is 1",
      "long_text: has to be at least 2 characters long, is 1"}},
    {kPatchThing,
     "color: COLOR_RED short_text: '1234' long_text: '1234567890'",
     {"short_text: has to be at most 3 characters long, is 4"}},

    // Ranges.
    {kV4List, "", {}},
    {kV4List, "limit: 1", {}},
    {kV4List, "limit: 200", {}},
    {kV4List, "limit: 0", {"limit: has to be at least 1, is 0"}},
    {kV4List, "limit: 201", {"limit: has to be at most 200, is 201"}},
    {kV4List, "limit: -2147483648", {"limit: has to be at least 1, is -2147483648"}},
    {kPatchThing, "color: COLOR_RED ranged: -5", {}},
    {kPatchThing,
     "color: COLOR_RED ranged: 9223372036854775807",
     {"ranged: has to be at most 5, is 9223372036854775807"}},

    // Headers: no way to start another one.
    {kV2Send,
     R"(chat_id { phone_number: "+15551234567" } idempotency_key: "a\r\nX-Evil: 1")",
     {Is("idempotency_key", kAscii)}},
    {kV4Send,
     R"(chat_id: "chat_1" content { text { text: "t" } } idempotency_key: "a b")",
     {Is("idempotency_key", kAscii)}},
    {kV2Send,
     R"(chat_id { phone_number: "+15551234567" } idempotency_key: "")",
     {"idempotency_key: must not be empty"}},
    {kV2Send,
     R"(chat_id { phone_number: "+15551234567" } from_number: "15551234567")",
     {Is("from_number", kPhone)}},
    {kDeleteThing, R"(thing_id: 1 trace: "é")", {Is("trace", kAscii)}},
    {kDeleteThing, R"(thing_id: 1 trace: "\n")", {Is("trace", kAscii)}},
    {kDeleteThing, R"(thing_id: 1 trace: "")", {"trace: must not be empty"}},

    // Shapes, with the path to each.
    {kV2Group,
     "name: 'n' members: '+15551234567' members: '' members: 'a,b@c' members: 'x@y'",
     {Is("members[1]", kPhoneOrMail), Is("members[2]", kPhoneOrMail)}},
    {kV4Group,
     "channel_id: 'ch_1' members { identifier: 'nobody' } members { object {} } members {} "
     "members { object { identifier: 'two words@x' } }",
     {Is("members[0].identifier", kPhoneOrMail), "members[1].object.identifier: is required",
      "members[2]: needs one of: identifier, object", Is("members[3].object.identifier", kPhoneOrMail)}},
    {kV2Send, "chat_id { phone_number: '' }", {Is("chat_id.phone_number", kPhone)}},
    {kV2Send, "chat_id { email: '..' }", {Is("chat_id.email", kMail), "chat_id: must not be a dot segment"}},
    {kV2Send, "chat_id { group_id: 'grp_1,+15551234567' }", {Is("chat_id.group_id", kGroupId)}},
    {kV2Send,
     "chat_id { recipients { identifiers: 'a@b' identifiers: '+15551234567,+1' } }",
     {Is("chat_id.recipients.identifiers[1]", kPhoneOrMail)}},
    {kV4Send, "chat_id: 'msg_1' content { text { text: 't' } }", {Is("chat_id", kChatId)}},
    {kV2Send,
     "chat_id { phone_number: '+15551234567' } attachments {} attachments { file {} }",
     {"attachments[0]: needs one of: url, file", "attachments[1].file.url: is required"}},

    // Two forms of one key.
    {kV2Send, "chat_id { phone_number: '+15551234567' } text: 'a' texts: 'b'", {"texts: excludes text"}},
    {kV2Send, "chat_id { phone_number: '+15551234567' } text: '' texts: 'b'", {"texts: excludes text"}},
    {kV2Send, "chat_id { phone_number: '+15551234567' } text: 'a'", {}},
    {kV2Send, "chat_id { phone_number: '+15551234567' } texts: 'b'", {}},

    // Path segments.
    {kV4Get, "group_id: '.'", {"group_id: must not be a dot segment"}},
    {kV4Get,
     "group_id: '" + std::string(8193, 'g') + "'",
     {"group_id: has to fit an address: at most 8192 bytes, is 8193"}},
    {kV4List,
     "cursor: '" + std::string(8193, 'c') + "'",
     {"cursor: has to fit an address: at most 8192 bytes, is 8193"}},
    {kV4List, "cursor: '" + std::string(8192, 'c') + "'", {}},
    {kV4Get, "group_id: '..'", {"group_id: must not be a dot segment"}},
    {kV4Get, "group_id: '...'", {}},
    {kGetThing, "", {"thing_id: is required"}},
    {kDeleteThing, "", {"thing_id: is required"}},
    {kDeleteThing, "thing_id: 0", {}},
    {kPatchThing, "", {"color: is required"}},
    {kPutThing, "", {"place: is required"}},
    {kPutThing, "place {}", {"place: needs one of: name, number"}},
    {kPutThing, "place { name: '' }", {"place: must not be empty"}},
    {kPutThing, "place { name: '..' }", {"place: must not be a dot segment"}},
    {kTyping, "place { list {} }", {"place: must not be empty"}},
    {kTyping, "place { list { people: '' } }", {Is("place.list.people[0]", kPhone)}},

    // What has no JSON.
    {kPatchThing, "color: COLOR_UNSPECIFIED", {"color: has to be a known value"}},
    {kPatchThing,
     "color: COLOR_RED colors: COLOR_RED colors: COLOR_UNSPECIFIED colors: 77",
     {"colors[1]: has to be a known value", "colors[2]: has to be a known value"}},
    {kPatchThing, "color: COLOR_RED real: nan single: -inf", {Is("real", kNumber), Is("single", kNumber)}},
    {kPatchThing,
     "color: COLOR_RED object { fields { key: 'a' value { number_value: inf } } } any { number_value: nan } "
     "list { values { list_value { values { number_value: -inf } } } } anys {} "
     "anys { struct_value { fields { key: 'a' value { number_value: nan } } } }",
     {Is("object", kNumber), Is("any", kNumber), Is("list", kNumber), Is("anys[1]", kNumber)}},
    {kGetThing,
     "thing_id: 't' ratio: inf color: COLOR_UNSPECIFIED",
     {"color: has to be a known value", Is("ratio", kNumber)}},
};

TEST(Validate, NamesEveryViolationWithItsPath) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.method) + " " + row.request.substr(0, 200));
    EXPECT_THAT(Check(row.method, row.request), ElementsAreArray(row.violations));
  }
}

TEST(Validate, NamesAllViolationsOfOneRequest) {
  EXPECT_THAT(Check(kV2Group, "name: '" + Times("n", 256) + R"(' members: "x" idempotency_key: "a\r\nb")"),
              testing::ElementsAre("name: has to be at most 255 characters long, is 256",
                                   Is("members[0]", kPhoneOrMail), Is("idempotency_key", kAscii)));
}

TEST(Validate, StopsNamingAtSixteenAndCountsTheRest) {
  const auto sixteen = Check(kV2Group, "name: 'n' " + Times("members: 'x' ", 16));
  ASSERT_EQ(sixteen.size(), 16u);
  EXPECT_EQ(sixteen.back(), Is("members[15]", kPhoneOrMail));
  const auto more = Check(kV2Group, "name: 'n' " + Times("members: 'x' ", 1000));
  ASSERT_EQ(more.size(), 17u);
  EXPECT_EQ(more[15], sixteen.back());
  EXPECT_EQ(more.back(), "and 984 more");
}

TEST(Validate, NeverRepeatsTextOfTheRequest) {
  for (const auto& line :
       Check(kV4Group, "channel_id: 'ch' members { identifier: 'SECRET' } idempotency_key: 'SECRET '")) {
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("SECRET")));
  }
}

}  // namespace
}  // namespace blooio::gateway
