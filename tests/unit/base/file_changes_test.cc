// Which changes of files the kernel's events tell of, and which are left alone.
#include <atomic>
#include <thread>

#include "tests/unit/base/file_watcher_fixture.h"

namespace blooio::gateway {
namespace {

namespace fs = std::filesystem;

class FileChangesTest : public FileWatcherTest {
 protected:
  // A new dated folder, then ..data over to it, then the old one away.
  void KubeletSwap(const std::string& content) {
    const fs::path dated = root_ / ("..2026_" + std::to_string(++swaps_));
    const fs::path old = fs::is_symlink(root_ / "..data") ? fs::read_symlink(root_ / "..data") : "";
    fs::create_directory(dated);
    Write(dated / "main", content);
    fs::create_symlink(dated.filename(), root_ / "..data_tmp");
    fs::rename(root_ / "..data_tmp", root_ / "..data");
    if (!old.empty()) fs::remove_all(root_ / old);
  }

 private:
  int swaps_ = 0;
};

TEST_F(FileChangesTest, NoticesWhatIsWrittenReplacedDeletedAndMadeAgain) {
  const fs::path path = root_ / "main";
  Write(path, "1");
  Looker looker(path);
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(watcher, looker, path);
  EXPECT_TRUE(looker.Sees("1"));
  Write(path, "2");
  EXPECT_TRUE(looker.Sees("2"));
  Write(root_ / "new", "3");
  fs::rename(root_ / "new", path);
  EXPECT_TRUE(looker.Sees("3"));
  fs::remove(path);
  EXPECT_TRUE(looker.Sees(kMissing));
  Write(path, "4");
  EXPECT_TRUE(looker.Sees("4"));
  fs::rename(path, root_ / "away");
  EXPECT_TRUE(looker.Sees(kMissing));
  Write(root_ / "other", "5");
  fs::create_hard_link(root_ / "other", path);
  EXPECT_TRUE(looker.Sees("5"));
  EXPECT_FALSE(watcher.polls_only());
}

TEST_F(FileChangesTest, NoticesTheKubeletsSwaps) {
  KubeletSwap("1");
  fs::create_symlink("..data/main", root_ / "main");
  Looker looker(root_ / "main");
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(watcher, looker, root_ / "main");
  for (const char* content : {"1", "2", "3", "4"}) {
    if (*content != '1') KubeletSwap(content);
    EXPECT_TRUE(looker.Sees(content));
  }
  // What is written behind the links is noticed in the folder of the day.
  Write(root_ / "..data/main", "5");
  EXPECT_TRUE(looker.Sees("5"));
}

TEST_F(FileChangesTest, NoticesFoldersThatComeGoAndAreReplaced) {
  const fs::path path = root_ / "a/b/main";
  Looker looker(path);
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(watcher, looker, path);
  EXPECT_TRUE(looker.Sees(kMissing));
  fs::create_directories(root_ / "a/b");
  Write(path, "1");
  EXPECT_TRUE(looker.Sees("1"));
  fs::remove_all(root_ / "a");
  EXPECT_TRUE(looker.Sees(kMissing));
  fs::create_directories(root_ / "other/b");
  Write(root_ / "other/b/main", "2");
  fs::rename(root_ / "other", root_ / "a");
  EXPECT_TRUE(looker.Sees("2"));
  // The folder that was moved in is watched as well.
  Write(path, "3");
  EXPECT_TRUE(looker.Sees("3"));
}

TEST_F(FileChangesTest, LeavesAFileAloneThatIsBeingWritten) {
  const fs::path path = root_ / "main";
  Looker looker(path), other(root_ / "other");
  looker.Mind("half");
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(watcher, looker, path);
  const FileWatcher::Watch other_watch = WatchFor(watcher, other, root_ / "other");
  ASSERT_TRUE(looker.Sees(kMissing));
  ASSERT_TRUE(other.Sees(kMissing));
  std::ofstream file(path);
  file << "half" << std::flush;
  // Events come in order: who has seen the second has had the first.
  Write(root_ / "other", "x");
  ASSERT_TRUE(other.Sees("x"));
  file << " and half" << std::flush;
  file.close();
  EXPECT_TRUE(looker.Sees("half and half"));
  EXPECT_FALSE(looker.saw_half());
}

TEST_F(FileChangesTest, LeavesAloneWhatOtherFilesDo) {
  Looker mine(root_ / "mine"), other(root_ / "other");
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(watcher, mine, root_ / "mine");
  const FileWatcher::Watch other_watch = WatchFor(watcher, other, root_ / "other");
  ASSERT_TRUE(mine.Sees(kMissing));
  ASSERT_TRUE(other.Sees(kMissing));
  for (const char* content : {"1", "2", "3"}) {
    Write(root_ / "other", content);
    ASSERT_TRUE(other.Sees(content));
  }
  EXPECT_EQ(mine.looks(), 1);
}

TEST_F(FileChangesTest, LooksNowAndThenUnderASteadyStreamOfEvents) {
  const fs::path path = root_ / "main";
  Looker looker(path);
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(watcher, looker, path);
  std::atomic<bool> enough = false;
  std::atomic<int> writes = 0;
  std::thread writer([&] {
    while (!enough) {
      Write(path, "x");
      ++writes;
    }
  });
  EXPECT_TRUE(looker.Looks(5));
  enough = true;
  writer.join();
  EXPECT_LT(looker.looks(), writes);
}

}  // namespace
}  // namespace blooio::gateway
