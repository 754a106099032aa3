#include "service/transcoding/reply_reader.h"

#include <gmock/gmock.h>

#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

constexpr char kV2Group[] = "blooio.v2.GroupsService/CreateGroup";
constexpr char kV2Send[] = "blooio.v2.MessagesService/SendMessage";
constexpr char kV4Group[] = "blooio.v4.GroupsService/CreateGroup";
constexpr char kV4List[] = "blooio.v4.GroupsService/ListGroups";
constexpr char kV4Get[] = "blooio.v4.GroupsService/GetGroup";
constexpr char kV4Send[] = "blooio.v4.MessagesService/SendChatMessage";
constexpr char kThing[] = "blooio.testing.v1.GoodService/GetThing";
constexpr char kPut[] = "blooio.testing.v1.GoodService/PutThing";

// "wrong_type=2 data_wrapper=1"; "" without any.
std::string Spell(const DriftCounts& drift) {
  std::string text;
  for (size_t i = 0; i < kDriftKinds; ++i) {
    if (drift.of[i] == 0) continue;
    if (!text.empty()) text += ' ';
    text += std::string(kDriftNames[i]) + '=' + std::to_string(drift.of[i]);
  }
  return text;
}

struct Row {
  const char* method;
  std::string body;
  const char* reply;
  const char* drift;
};

// clang-format off
const std::vector<Row> kRows = {
    // Nothing at all.
    {kV4List, "", "", ""},
    {kV4List, " \r\n\t", "", ""},
    {kV4List, "{}", "", ""},
    {kV4Send, "", "message {}", ""},

    // Unknown keys, at any level, with any value.
    {kV4Get, R"({"meta":{"a":[{"b":null}]},"x":1,"data":{"id":"g","y":[[[]]],"z":{"id":"no"}},"w":null})",
     "data { id: 'g' }", "unknown_key=5"},
    {kV2Group, R"({"name ":"x","Name":"x","":"x","group_id":"g"})", "group_id: 'g'", "unknown_key=3"},

    // Integers, exactly.
    {kThing, R"({"big":9223372036854775807,"huge":18446744073709551615,"small":2147483647,"count":4294967295})",
     "big: 9223372036854775807 huge: 18446744073709551615 small: 2147483647 count: 4294967295", ""},
    {kThing, R"({"big":-9223372036854775808,"huge":0,"small":-2147483648,"count":0})",
     "big: -9223372036854775808 huge: 0 small: -2147483648 count: 0", ""},
    {kThing, R"({"big":9223372036854775808,"huge":18446744073709551616,"small":2147483648,"count":4294967296})",
     "", "wrong_type=4"},
    {kThing, R"({"big":-9223372036854775809,"huge":-1,"small":-2147483649,"count":-1})", "", "wrong_type=4"},
    {kThing, R"({"big":"9223372036854775807","huge":"18446744073709551615","small":"-7","count":"007"})",
     "big: 9223372036854775807 huge: 18446744073709551615 small: -7 count: 7", "lenient_number=4"},
    {kThing, R"({"big":1.7e12,"huge":5.0,"small":-2.0,"count":-0.0})",
     "big: 1700000000000 huge: 5 small: -2 count: 0", "lenient_number=4"},
    {kThing, R"({"big":1.5,"huge":"1.0","small":"","count":"1 "})", "", "wrong_type=4"},
    {kThing, R"({"big":"9223372036854775808","huge":"-1","small":"+1","count":"0x1"})", "", "wrong_type=4"},
    {kThing, R"({"big":9007199254740993.0,"huge":1e16,"small":1e10,"count":-1.0})", "", "wrong_type=4"},
    {kThing, R"({"big":9007199254740991.0,"huge":-1e300,"small":true,"count":[1]})",
     "big: 9007199254740991", "wrong_type=3 lenient_number=1"},

    // Keys in any order, and more than once.
    {kThing, R"({"small":1,"count":2,"big":3,"huge":4})", "small: 1 count: 2 big: 3 huge: 4", ""},
    {kThing, R"({"huge":4,"big":3,"count":2,"small":1})", "small: 1 count: 2 big: 3 huge: 4", ""},
    {kThing, R"({"small":0,"x":0,"count":2,"small":1,"count":3,"inner":{"text":"a","inner":{}},"any":1})",
     "small: 1 count: 3 inner { text: 'a' inner {} } any { number_value: 1 }", "unknown_key=1"},
    {kThing, R"({"inner":{"inner":{}},"word":"a","word":"b","word":["c"]})",
     "inner { inner {} } word: 'b' words: 'c'", ""},

    // Numbers that no double holds cost themselves only.
    {kV4Get, R"({"x":1e999,"data":{"id":"g","name":"1e999 \" -1e999","created_at":-1e999},"y":[1E+400]})",
     "data { id: 'g' name: '1e999 \" -1e999' }", "unknown_key=2 wrong_type=1"},

    // Reals and truths.
    {kThing, R"({"real":1.5,"single":0.25,"truth":true})", "real: 1.5 single: 0.25 truth: true", ""},
    {kThing, R"({"real":3,"single":18446744073709551615,"truth":false})",
     "real: 3 single: 18446744073709551615 truth: false", ""},
    {kThing, R"({"real":"1.5","single":1e300,"truth":"true"})", "", "wrong_type=3"},
    {kThing, R"({"real":null,"single":{},"truth":1})", "", "wrong_type=2"},

    // Enums.
    {kThing, R"({"color":"dark_blue","colors":["red","dark_blue"]})",
     "color: COLOR_DARK_BLUE colors: COLOR_RED colors: COLOR_DARK_BLUE", ""},
    {kThing, R"({"color":"mauve","colors":["red","","RED","unspecified","color_red"]})",
     "color: COLOR_UNSPECIFIED colors: COLOR_RED colors: COLOR_UNSPECIFIED colors: COLOR_UNSPECIFIED "
     "colors: COLOR_UNSPECIFIED colors: COLOR_UNSPECIFIED", "unknown_enum=5"},
    {kThing, R"({"color":1,"colors":[1,null,{},[]]})", "", "wrong_type=4"},

    // Values of the wrong type.
    {kThing, R"({"text":1,"texts":"a","numbers":{},"inner":[],"object":[],"list":{}})", "", "wrong_type=6"},
    {kThing, R"({"text":{"a":{}},"texts":["a",1,null,{"a":[1]},["b"],"c"],"object":"x","list":1,"inner":"x"})",
     "texts: 'a' texts: 'c'", "wrong_type=7"},
    {kThing, R"({"text":["a"],"numbers":[1,"2",3.0,"x",4.5,null,-1]})",
     "numbers: 1 numbers: 2 numbers: 3 numbers: -1", "wrong_type=3 lenient_number=2"},
    {kThing, R"({"inner":{"inner":{"text":"deep","small":"x"}},"text":"a"})",
     "inner { inner { text: 'deep' } } text: 'a'", "wrong_type=1"},

    // Null is absent.
    {kThing, R"({"text":null,"texts":null,"inner":null,"object":null,"list":null,"color":null,"either":null})", "", ""},

    // The last of two equal keys counts.
    {kThing, R"({"text":"a","text":"b","texts":["a"],"texts":["b"],"inner":{"text":"a"},"inner":{"big":1}})",
     "text: 'b' texts: 'b' inner { big: 1 }", ""},
    {kThing, R"({"object":{"a":{"x":1},"a":{"y":2},"b":1,"b":null}})",
     "object { fields { key: 'a' value { struct_value { fields { key: 'y' value { number_value: 2 } } } } } "
     "fields { key: 'b' value { null_value: 0 } } }", ""},

    // Free JSON.
    {kThing, R"({"object":{},"any":null,"list":[],"anys":[null,1,"a",true,{},[]]})",
     "object {} any { null_value: 0 } list {} anys { null_value: 0 } anys { number_value: 1 } "
     "anys { string_value: 'a' } anys { bool_value: true } anys { struct_value {} } anys { list_value {} }", ""},
    {kThing, R"({"any":{"a":[1,{"b":null}]},"list":[[2],"x"]})",
     "any { struct_value { fields { key: 'a' value { list_value { values { number_value: 1 } values { "
     "struct_value { fields { key: 'b' value { null_value: 0 } } } } } } } } } "
     "list { values { list_value { values { number_value: 2 } } } values { string_value: 'x' } }", ""},

    // Broken text.
    {kThing, "{\"text\":\"a\xFF\xE2\x82z\",\"te\xC0xt\":1}", R"(text: "a\357\277\275\357\277\275\357\277\275z")",
     "unknown_key=1 repaired_text=1"},
    {kThing, R"({"text":"\ud800","texts":["\udc00x","\ud83d\ude00","\\ud800"]})",
     R"(text: "\357\277\275" texts: "\357\277\275x" texts: "😀" texts: "\\ud800")", "repaired_text=1"},
    {kThing, R"({"text":"\u0000\u001f\"\\\/"})", R"(text: "\000\037\"\\/")", ""},

    // The wrapper: missing, superfluous, doubled, with company.
    {kV4Get, R"({"id":"g","name":null,"members":[{"role":"r"}],"channel_type":"rcs_business"})",
     "data { id: 'g' members { role: 'r' } channel_type: CHANNEL_TYPE_RCS_BUSINESS }", "data_wrapper=1"},
    {kV4Group, R"({"data":{"id":"g"},"id":"request_1","name":"n","members":[]})", "data { id: 'g' }", "unknown_key=3"},
    {kV4Group, R"({"id":"request_1","data":{"name":"g"}})", "data { name: 'g' }", "data_wrapper=1"},
    {kV4Get, R"({"data":null,"id":"g"})", "data { id: 'g' }", "data_wrapper=1"},
    {kV4Get, R"({"data":[{"id":"g"}]})", "", "wrong_type=1"},
    {kV4List, R"([{"id":"a"},{"id":"b"}])", "data { id: 'a' } data { id: 'b' }", "data_wrapper=1"},
    {kV4List, R"({"data":{"data":[{"id":"a"}],"has_more":true}})", "data { id: 'a' } has_more: true", "data_wrapper=1"},
    {kV4List, R"({"data":"x","has_more":true})", "has_more: true", "wrong_type=1"},
    {kV2Group, R"({"data":{"group_id":"g","member_count":1}})", "group_id: 'g' member_count: 1", "data_wrapper=1"},
    {kV2Group, R"({"data":{"data":{"group_id":"g"}}})", "group_id: 'g'", "data_wrapper=1"},
    {kV4Send, R"({"data":{"id":"m","error":{"data":{"a":1}}}})",
     "message { id: 'm' error { fields { key: 'data' value { struct_value { fields { key: 'a' value { "
     "number_value: 1 } } } } } } }", "data_wrapper=1"},
    {kPut, R"({"text":"a","thing":{"text":"b"}})", "thing { text: 'a' }", "unknown_key=1"},
};
// clang-format on

TEST(ReadReply, IsLenientAndCountsIt) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.body);
    const ReadAnswer read = Read(RouteOf(row.method), row.body);
    EXPECT_TRUE(read.reading.readable);
    EXPECT_EQ(Difference(row.reply, *read.reply), "");
    EXPECT_EQ(Spell(read.reading.drift), row.drift);
    EXPECT_EQ(read.reading.drift.any(), *row.drift != '\0');
  }
}

TEST(ReadReply, RefusesWhatIsNoJsonObject) {
  for (const char* body : {"null",
                           "1",
                           "\"a\"",
                           "true",
                           "[]",
                           "[1]",
                           "[{}]",
                           "{",
                           "{\"id\":",
                           "{\"id\":\"g\"",
                           "}",
                           "{}{}",
                           "{},",
                           "{'id':1}",
                           "{\"id\":1,}",
                           "{id:1}",
                           "{\"a\":01}",
                           "{\"a\":.5}",
                           "{\"a\":NaN}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\n\"}",
                           "<html></html>",
                           "{\"a\":1}\n{\"a\":2}",
                           "// {}",
                           "\\",
                           "\xFF",
                           "{\"a\":\"\\ud8\"}",
                           "{\"a\":tru",
                           "Internal Server Error"}) {
    EXPECT_FALSE(Read(RouteOf(kV4Get), body).reading.readable) << body;
    EXPECT_FALSE(Read(RouteOf(kV2Send), body).reading.readable) << body;
  }
}

TEST(ReadReply, RefusesEveryBrokenOffAnswer) {
  const std::string whole =
      R"({"data":{"id":"g\u00e9\ud83d\ude00","members":[{"role":"é"}],"x":{"y":[1.5e3,-0]}}})";
  for (size_t length = 1; length < whole.size(); ++length) {
    EXPECT_FALSE(Read(RouteOf(kV4Get), whole.substr(0, length)).reading.readable) << length;
  }
  EXPECT_TRUE(Read(RouteOf(kV4Get), whole).reading.readable);
}

TEST(ReadReply, SeesWhetherTheUpstreamTookTheCall) {
  const std::vector<std::pair<const char*, bool>> rows = {
      {R"({})", false},
      {"", false},
      {R"({"ok":true,"success":true,"error":"x","status":"queued"})", false},
      {R"({"id":null,"message_id":null,"message_ids":null,"data":null,"dry_run":null})", false},
      {R"({"result":{"message_id":"m"},"list":[{"id":"m"}]})", false},
      {R"({"id":"m"})", true},
      {R"({"message_id":"m"})", true},
      {R"({"message_id":7})", true},
      {R"({"message_ids":["m"]})", true},
      {R"({"data":{}})", true},
      {R"({"data":{"status":"queued"}})", true},
      {R"({"data":"m"})", true},
      {R"({"dry_run":false})", true},
      {R"({"status":"queued","id":"m","error":null})", true},
  };
  for (const auto& [body, proves] : rows) {
    EXPECT_EQ(Read(RouteOf(kV2Send), body).reading.proves_acceptance, proves) << body;
    EXPECT_EQ(Read(RouteOf(kV4Send), body).reading.proves_acceptance, proves) << body;
    EXPECT_TRUE(Read(RouteOf(kV2Group), body).reading.proves_acceptance) << "asks for no evidence";
  }
}

}  // namespace
}  // namespace blooio::gateway
