// Nesting: as deep as kMaxJsonDepth is read, and what was read can be parsed by
// callers, whose protobuf stops at 100 levels; deeper is refused at once.
#include <gmock/gmock.h>

#include "service/base/json_text.h"
#include "service/base/text.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

using google::protobuf::Message;

std::string Times(const std::string& piece, int times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

// `levels` of nested JSON, filled with objects, lists, or both in turn.
enum class Filling { kObjects, kLists, kBoth };
std::string Nest(int levels, Filling filling) {
  std::string open;
  std::string close;
  for (int i = 0; i < levels; ++i) {
    const bool list = filling == Filling::kLists || (filling == Filling::kBoth && i % 2 == 1);
    open += list ? "[" : "{\"a\":";
    close += list ? ']' : '}';
  }
  return Cat(open, "null", std::string(close.rbegin(), close.rend()));
}

// Where free JSON can stand in an answer: `before` and `behind` it, and how many
// levels they are themselves.
struct Place {
  const char* method;
  const char* before;
  const char* behind;
  int levels;
};

const std::vector<Place> kPlaces = {
    {"blooio.v4.MessagesService/SendChatMessage", R"({"error":)", "}", 1},
    {"blooio.v4.MessagesService/SendChatMessage", R"({"data":{"preview":)", "}}", 2},
    {"blooio.v4.GroupsService/GetGroup", R"({"unknown":)", "}", 1},
    {"blooio.v4.GroupsService/GetGroup", R"({"name":)", "}", 1},
    {"blooio.testing.v1.GoodService/GetThing", R"({"object":)", "}", 1},
    {"blooio.testing.v1.GoodService/GetThing", R"({"any":)", "}", 1},
    {"blooio.testing.v1.GoodService/GetThing", R"({"anys":[)", "]}", 2},
    {"blooio.testing.v1.GoodService/GetThing", R"({"list":[)", "]}", 2},
    {"blooio.testing.v1.GoodService/GetThing", R"({"inner":{"inner":{"any":)", "}}}", 3},
    {"blooio.testing.v1.GoodService/PutThing", R"({"object":)", "}", 1},
    {"blooio.testing.v1.GoodService/GetThing", R"({"tagged":{"type":"album","object":)", "}}", 2},
    {"blooio.testing.v1.GoodService/GetThing", R"({"tagged":{"object":)", R"(,"type":"album"}})", 2},
    {"blooio.testing.v1.GoodService/GetThing",
     R"({"tagged":{"type":"album","pages":[{"type":"album","pages":[{"object":)", R"(,"type":"album"}]}]}})",
     6},
    // The deepest of all: a response_body that is a union whose member is free JSON.
    {"blooio.testing.v1.GoodService/StartTyping", "", "", 0},
};

std::string Document(const Place& place, int levels, Filling filling) {
  return Cat(place.before, Nest(levels - place.levels, filling), place.behind);
}

TEST(Nesting, ThirtyTwoLevelsAreReadAndCanBeParsedByCallers) {
  for (const Place& place : kPlaces) {
    for (Filling filling : {Filling::kObjects, Filling::kLists, Filling::kBoth}) {
      const std::string document = Document(place, kMaxJsonDepth, filling);
      SCOPED_TRACE(document);
      const ReadAnswer read = Read(RouteOf(place.method), document);
      ASSERT_TRUE(read.reading.readable);
      std::unique_ptr<Message> again(read.reply->New());
      ASSERT_TRUE(again->ParseFromString(read.reply->SerializeAsString()));
      EXPECT_EQ(again->DebugString(), read.reply->DebugString());
    }
  }
}

TEST(Nesting, DeeperIsRefused) {
  for (const Place& place : kPlaces) {
    for (int levels : {33, 34, 100, 10'000}) {
      for (Filling filling : {Filling::kObjects, Filling::kLists, Filling::kBoth}) {
        const std::string document = Document(place, levels, filling);
        EXPECT_FALSE(Read(RouteOf(place.method), document).reading.readable)
            << place.method << " " << place.before << " " << levels;
      }
    }
  }
}

TEST(Nesting, EndsTheReadingAtOnce) {
  // What stands behind level 33 is not looked at: this is no JSON, yet only the
  // depth has to be noticed before a parser of it would run out of stack.
  EXPECT_FALSE(Read(RouteOf("blooio.v4.GroupsService/ListGroups"), Times("[", 1'000'000)).reading.readable);
  EXPECT_FALSE(
      Read(RouteOf("blooio.v4.GroupsService/GetGroup"), Times("{\"data\":", 500'000)).reading.readable);
}

TEST(Nesting, ManySiblingsAreNoDepth) {
  const std::string document = Cat(R"({"list":[)", Times("{},[],", 10'000), "[]]}");
  EXPECT_TRUE(Read(RouteOf("blooio.testing.v1.GoodService/GetThing"), document).reading.readable);
}

TEST(Nesting, RecursiveMessagesAreBoundToo) {
  const auto nested = [](int levels) {
    return Cat(Times(R"({"inner":)", levels - 1), "{}", Times("}", levels - 1));
  };
  EXPECT_TRUE(Read(RouteOf("blooio.testing.v1.GoodService/GetThing"), nested(32)).reading.readable);
  EXPECT_FALSE(Read(RouteOf("blooio.testing.v1.GoodService/GetThing"), nested(33)).reading.readable);
}

}  // namespace
}  // namespace blooio::gateway
