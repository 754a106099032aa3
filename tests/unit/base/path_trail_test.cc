#include "service/base/path_trail.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace blooio::gateway {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class WalkPathTest : public testing::Test {
 protected:
  WalkPathTest()
      : root_(fs::canonical(testing::TempDir()) / ("path_trail_test." + std::to_string(getpid()))) {
    fs::create_directories(root_);
  }
  ~WalkPathTest() override { fs::remove_all(root_); }

  // The steps below root_, as "folder:name"; those above it are the machine's.
  std::vector<std::string> Steps(const fs::path& path) const {
    std::vector<std::string> steps;
    WalkPath(path, [&](const std::string& folder, const std::string& name) {
      if (!folder.starts_with(root_.string())) return;
      steps.push_back(folder.substr(root_.string().size()) + ":" + name);
    });
    return steps;
  }

  const fs::path root_;
};

TEST_F(WalkPathTest, NamesEveryFolderOnTheWay) {
  fs::create_directories(root_ / "a/b");
  std::ofstream(root_ / "a/b/file") << "x";
  EXPECT_THAT(Steps(root_ / "a/b/file"), ElementsAre(":a", "/a:b", "/a/b:file"));
  EXPECT_THAT(Steps(root_ / "a//./b/file"), ElementsAre(":a", "/a:b", "/a/b:file"));
}

TEST_F(WalkPathTest, FollowsTheKubeletsLinks) {
  fs::create_directories(root_ / "keys/..2026_1");
  std::ofstream(root_ / "keys/..2026_1/main") << "x";
  fs::create_symlink("..2026_1", root_ / "keys/..data");
  fs::create_symlink("..data/main", root_ / "keys/main");
  EXPECT_THAT(Steps(root_ / "keys/main"),
              ElementsAre(":keys", "/keys:main", "/keys:..data", "/keys:..2026_1", "/keys/..2026_1:main"));
}

TEST_F(WalkPathTest, FollowsAbsoluteLinksAndParents) {
  fs::create_directories(root_ / "a");
  fs::create_directories(root_ / "b");
  fs::create_symlink(root_ / "b", root_ / "a/link");
  EXPECT_THAT(Steps(root_ / "a/link/file"), ElementsAre(":a", "/a:link", ":b", "/b:file"));
  EXPECT_THAT(Steps(root_ / "a/../b/file"), ElementsAre(":a", "/a/..:b", "/a/../b:file"));
}

TEST_F(WalkPathTest, EndsAtTheFirstNameThatIsMissing) {
  fs::create_directories(root_ / "a");
  EXPECT_THAT(Steps(root_ / "a/missing/file"), ElementsAre(":a", "/a:missing"));
  std::ofstream(root_ / "file") << "x";
  EXPECT_THAT(Steps(root_ / "file/below"), ElementsAre(":file"));
}

TEST_F(WalkPathTest, EndsInACircleOfLinks) {
  fs::create_symlink("b", root_ / "a");
  fs::create_symlink("a", root_ / "b");
  EXPECT_LE(Steps(root_ / "a").size(), 41u);
  EXPECT_THAT(Steps(""), IsEmpty());
}

TEST(WalkPath, ARelativePathBeginsHere) {
  std::vector<std::string> steps;
  WalkPath("no-such-folder/file",
           [&](const std::string& folder, const std::string& name) { steps.push_back(folder + ":" + name); });
  EXPECT_THAT(steps, ElementsAre(".:no-such-folder"));
}

}  // namespace
}  // namespace blooio::gateway
