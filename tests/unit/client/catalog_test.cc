#include "client/blooioctl/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v4/groups_service.pb.h"

namespace blooio::client {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    v2::CreateGroupRequest::descriptor();
    v4::ListGroupsRequest::descriptor();
  }

  const google::protobuf::DescriptorPool& pool_ = *google::protobuf::DescriptorPool::generated_pool();
  const std::vector<std::string> services_ = {"blooio.v2.GroupsService", "blooio.v4.GroupsService",
                                              "not.there"};
};

TEST_F(CatalogTest, NamesMethods) {
  EXPECT_THAT(MethodNames(pool_, services_),
              ElementsAre("blooio.v2.GroupsService.CreateGroup", "blooio.v4.GroupsService.CreateGroup",
                          "blooio.v4.GroupsService.GetGroup", "blooio.v4.GroupsService.ListGroups"));
}

TEST_F(CatalogTest, NamesSymbolsOfImportsToo) {
  EXPECT_THAT(SymbolNames(pool_, services_),
              AllOf(Contains("blooio.v4.GroupsService"), Contains("blooio.v4.GroupsService.GetGroup"),
                    Contains("blooio.v4.GroupMember"), Contains("blooio.v2.Direction"),
                    Not(Contains("blooio.v2.SendMessageRequest"))));
}

TEST_F(CatalogTest, MatchesWhatIsUnique) {
  const std::vector<std::string> names = MethodNames(pool_, services_);
  EXPECT_EQ(*MatchName("ListGroups", names), "blooio.v4.GroupsService.ListGroups");
  EXPECT_EQ(*MatchName("v2.GroupsService.CreateGroup", names), "blooio.v2.GroupsService.CreateGroup");
  EXPECT_EQ(*MatchName("a.B", std::vector<std::string>{"a.B", "x.a.B"}), "a.B");
}

TEST_F(CatalogTest, NamesTheCandidates) {
  const auto ambiguous = MatchName("GroupsService.CreateGroup", MethodNames(pool_, services_));
  EXPECT_EQ(ambiguous.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(ambiguous.status().message()),
              AllOf(HasSubstr("blooio.v2.GroupsService.CreateGroup"),
                    HasSubstr("blooio.v4.GroupsService.CreateGroup")));
  const auto unknown = MatchName("istGroups", MethodNames(pool_, services_));
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("knows no `istGroups`"));
}

TEST(MethodPathTest, IsTheInverseOfDottedName) {
  EXPECT_EQ(DottedName("/a.B/C"), "a.B.C");
  EXPECT_EQ(DottedName("a.B.C"), "a.B.C");
  EXPECT_EQ(MethodPath("a.B.C"), "a.B/C");
  EXPECT_EQ(MethodPath("C"), "C");
}

}  // namespace
}  // namespace blooio::client
