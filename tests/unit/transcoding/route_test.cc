#include "service/transcoding/route.h"

#include <gmock/gmock.h>

#include "blooio/v4/groups_service.pb.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

TEST(RouteTable, CompilesWhatTheProtoSays) {
  const Route& route = RouteOf("blooio.v2.MessagesService/SendMessage");
  EXPECT_EQ(route.method, "blooio.v2.MessagesService/SendMessage");
  EXPECT_EQ(route.api, Api::kV2);
  EXPECT_EQ(route.verb, Verb::kPost);
  EXPECT_FALSE(route.read_only);
  EXPECT_EQ(route.KeyHeader(), "Idempotency-Key");
  EXPECT_EQ(route.key_field->field->name(), "idempotency_key");
  EXPECT_EQ(route.PathField()->field->name(), "chat_id");
  EXPECT_EQ(route.rules.evidence_of_acceptance_size(), 5);

  const Route& list = RouteOf("blooio.v4.GroupsService/ListGroups");
  EXPECT_EQ(list.api, Api::kV4);
  EXPECT_TRUE(list.read_only);
  EXPECT_EQ(list.KeyHeader(), "");
  EXPECT_EQ(list.PathField(), nullptr);
  EXPECT_EQ(list.key_field, nullptr);

  // A key that stays in the gateway has no header.
  const Route& create = RouteOf("blooio.v4.GroupsService/CreateGroup");
  EXPECT_EQ(create.KeyHeader(), "");
  EXPECT_NE(create.key_field, nullptr);
}

TEST(RouteTable, FindsTheRpcOfARequest) {
  RouteTable routes;
  absl::StatusOr<const Route*> route = routes.CompileFor(v4::GetGroupRequest::descriptor());
  ASSERT_TRUE(route.ok()) << route.status();
  EXPECT_EQ((*route)->method, "blooio.v4.GroupsService/GetGroup");
  EXPECT_EQ(routes.CompileFor(v4::GetGroupResponse::descriptor()).status().code(),
            absl::StatusCode::kNotFound);
}

struct Broken {
  const char* method;
  const char* sentence;
};

const std::vector<Broken> kBroken = {
    {"NoApiService/Get", "its service does not say which API it mirrors"},
    {"BrokenService/NoRule", "it has no google.api.http rule"},
    {"BrokenService/OddVerb", "it has no google.api.http rule"},
    {"BrokenService/NamedBody", "its body can only be \"*\""},
    {"BrokenService/BodyOfGet", "GET and DELETE have no body"},
    {"BrokenService/NoSlash", "its path has to begin with a slash"},
    {"BrokenService/OpenBrace", "its path has an open brace"},
    {"BrokenService/CloseBrace", "its path has to be of plain segments"},
    {"BrokenService/PartialSegment", "its path has to be of plain segments"},
    {"BrokenService/TwoInSegment", "its path has to be of plain segments"},
    {"BrokenService/QueryInPath", "its path has to be of plain segments"},
    {"BrokenService/UnknownField", "its path names nobody, which is no field for a path"},
    {"BrokenService/Wildcard", "its path names id=b/*, which is no field for a path"},
    {"BrokenService/ListInPath", "its path names ids, which is no field for a path"},
    {"BrokenService/MessageInPath", "its path names fine, which is no field for a path"},
    {"BrokenService/MessageInQuery", "fine is a message and cannot stand in a query"},
    {"BrokenService/CommaInPath", "its path names union, which is no field for a path"},
    {"BrokenService/NumberHeader", "id travels as a header and has to be text"},
    {"BrokenService/HeaderAndPath", "id can only travel in one of path, header and nowhere"},
    {"BrokenService/NoBodyToMoveTo", "id can only move from a header into a body where there are both"},
    {"BrokenService/TwoKeys", "two is a second idempotency key"},
    {"BrokenService/KeyInBody", "key is an idempotency key, which travels as a header or not at all"},
    {"BrokenService/Map", "HasMap.map: maps and bytes have no REST form"},
    {"BrokenService/MapInReply", "HasMap.map: maps and bytes have no REST form"},
    {"BrokenService/Bytes", "HasBytes.raw: maps and bytes have no REST form"},
    {"BrokenService/Standard", "google.protobuf.Timestamp: of the standard messages only"},
    {"BrokenService/UnionAndMore", "WideUnion: a union holds exactly one oneof and nothing else"},
    {"BrokenService/TaggedText", "TaggedText.one: a member of a tagged union is an ordinary message"},
    {"BrokenService/TagTaken", "TakenTag.fine: has a field of its own with the key of the tag, id"},
    {"BrokenService/ShapeOfNumber", "HasShapedNumber.id: shape, lengths, keys and meanings are for text"},
    {"BrokenService/RangeOfText", "HasRangedText.id: minimum and maximum are for int32 and int64"},
    {"BrokenService/EnumPrefix", "SOMETHING_ELSE: its name has to begin with ODD_ENUM_"},
    {"BrokenService/NoSuchReplyBody", "its response_body has to name a message field of the reply"},
    {"BrokenService/TextReplyBody", "its response_body has to name a message field of the reply"},
};

TEST(RouteTable, RefusesBrokenDeclarationsWithASentence) {
  RouteTable routes;
  for (const Broken& row : kBroken) {
    const std::string method = std::string("blooio.testing.v1.") + row.method;
    // Twice: what failed once must not pass as compiled.
    for (int i = 0; i < 2; ++i) {
      absl::StatusOr<const Route*> route = CompileAlone(method, routes);
      ASSERT_FALSE(route.ok()) << method;
      EXPECT_EQ(route.status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(std::string(route.status().message()), testing::HasSubstr(row.sentence));
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
