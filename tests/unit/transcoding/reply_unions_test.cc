// Unions in answers: told apart by the kind of value, or by a tag.
#include <gmock/gmock.h>

#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

struct Row {
  const char* body;
  const char* reply;
  uint32_t wrong_types = 0;
  uint32_t unknown_keys = 0;
};

// clang-format off
const std::vector<Row> kRows = {
    // Untagged: text, number, list, object; the first member that takes the value.
    {R"({"either":"a"})", "either { text: 'a' }"},
    {R"({"either":7})", "either { number: 7 }"},
    {R"({"either":["a","b"]})", "either { words { words: 'a' words: 'b' } }"},
    {R"({"either":[]})", "either { words {} }"},
    {R"({"either":true})", "", 1},
    {R"({"either":1.5})", "", 1},
    {R"({"either":"a","either":{"words":["b"]}})", "either { words { words: 'b' } }"},
    {R"({"eithers":["a",1,["b"],null,true,{},"c"]})",
     "eithers { text: 'a' } eithers { number: 1 } eithers { words { words: 'b' } } eithers { words {} } "
     "eithers { text: 'c' }", 1},
    {R"({"eithers":"a"})", "", 1},

    // Tagged: whatever the place of the tag.
    {R"({"tagged":{"type":"note","title":"t","stars":5}})", "tagged { note { title: 't' stars: 5 } }"},
    {R"({"tagged":{"title":"t","stars":5,"type":"note"}})", "tagged { note { title: 't' stars: 5 } }"},
    {R"({"tagged":{"type":"note"},"text":"behind"})", "tagged { note {} } text: 'behind'"},
    {R"({"tagged":{"type":"album","object":{"type":"x","a":[{"type":1}]}}})",
     "tagged { album { object { fields { key: 'type' value { string_value: 'x' } } fields { key: 'a' value { "
     "list_value { values { struct_value { fields { key: 'type' value { number_value: 1 } } } } } } } } } }"},
    {R"({"tagged":{"title":{"type":"note"},"type":"album"}})", "tagged { album {} }", 1},
    {R"({"taggeds":[{"stars":1,"type":"note"},{"type":"album","title":"b"}]})",
     "taggeds { note { stars: 1 } } taggeds { album { title: 'b' } }"},
    // Nested.
    {R"({"tagged":{"pages":[{"title":"p","type":"note"},{"pages":[{"type":"note","stars":3}],"type":"album"}],
        "title":"a","type":"album"},"text":"behind"})",
     "tagged { album { title: 'a' pages { note { title: 'p' } } pages { album { pages { note { stars: 3 } } } } } } "
     "text: 'behind'"},

    // A tag that is missing, unknown or no text: an empty union, counted.
    {R"({"tagged":{"title":"t"}})", "tagged {}", 1},
    {R"({"tagged":{}})", "tagged {}", 1},
    {R"({"tagged":{"type":"video","title":"t"}})", "tagged {}", 1},
    {R"({"tagged":{"type":7,"title":"t"}})", "tagged {}", 1},
    {R"({"tagged":{"type":{"type":"note"},"title":"t"}})", "tagged {}", 1},
    {R"({"tagged":{"type":"note","type":null}})", "tagged { note {} }"},
    {R"({"taggeds":[{"type":"note"},{"type":"video"},{"type":"note"}]})",
     "taggeds { note {} } taggeds {} taggeds { note {} }", 1},
    // No object at all.
    {R"({"tagged":"note"})", "", 1},
    {R"({"tagged":["note"]})", "", 1},
    {R"({"tagged":{"type":"note","type":{},"x":1}})", "tagged { note {} }", 0, 2},
};
// clang-format on

TEST(Unions, AreReadInBothKinds) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.body);
    const ReadAnswer read = Read(RouteOf("blooio.testing.v1.GoodService/GetThing"), row.body);
    EXPECT_TRUE(read.reading.readable);
    EXPECT_EQ(Difference(row.reply, *read.reply), "");
    EXPECT_EQ(read.reading.drift[Drift::kWrongType], row.wrong_types);
    EXPECT_EQ(read.reading.drift[Drift::kUnknownKey], row.unknown_keys);
  }
}

TEST(Unions, BrokenOffInsideATaggedOneAreRefused) {
  const std::string whole = R"({"tagged":{"pages":[{"title":"p","type":"note"}],"type":"album"}})";
  for (size_t length = 1; length < whole.size(); ++length) {
    EXPECT_FALSE(
        Read(RouteOf("blooio.testing.v1.GoodService/GetThing"), whole.substr(0, length)).reading.readable);
  }
}

}  // namespace
}  // namespace blooio::gateway
