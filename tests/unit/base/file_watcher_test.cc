#include "service/base/file_watcher.h"

#include <memory>
#include <mutex>
#include <optional>

#include "tests/unit/base/file_watcher_fixture.h"

namespace blooio::gateway {
namespace {

TEST_F(FileWatcherTest, PollsWhereTheKernelTellsNothing) {
  const std::filesystem::path path = root_ / "main";
  Write(path, "1");
  Looker looker(path);
  FileWatcher watcher(kPollOnly);
  const FileWatcher::Watch watch = WatchFor(watcher, looker, path);
  EXPECT_TRUE(looker.Sees("1"));
  EXPECT_TRUE(watcher.polls_only());
  Write(path, "2");
  EXPECT_TRUE(looker.Sees("2"));
  EXPECT_TRUE(looker.Looks(3));  // Also when nothing happens.
}

TEST_F(FileWatcherTest, PollsBesideTheKernel) {
  const std::filesystem::path path = root_ / "main";
  Looker looker(path);
  FileWatcher watcher({.poll = absl::Milliseconds(20)});
  const FileWatcher::Watch watch = WatchFor(watcher, looker, path);
  EXPECT_TRUE(looker.Looks(4));
  EXPECT_FALSE(watcher.polls_only());
}

TEST_F(FileWatcherTest, LooksWhenPoked) {
  Looker looker(root_ / "main");
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(watcher, looker, root_ / "main");
  ASSERT_TRUE(looker.Sees(kMissing));
  EXPECT_EQ(looker.looks(), 1);
  watcher.Poke();
  EXPECT_TRUE(looker.HasLooked(2));
}

TEST_F(FileWatcherTest, ManyPathsAreOneWatch) {
  Looker looker(root_ / "second");
  FileWatcher watcher(kNoPoll);
  const FileWatcher::Watch watch = watcher.Add({"", (root_ / "first").string(), (root_ / "second").string()},
                                               [&looker] { looker.Look(); });
  ASSERT_TRUE(looker.Sees(kMissing));
  Write(root_ / "second", "2");
  EXPECT_TRUE(looker.Sees("2"));
}

TEST_F(FileWatcherTest, ADroppedWatchLooksNoMore) {
  Looker kept(root_ / "kept");
  FileWatcher watcher(kPollOnly);
  const FileWatcher::Watch watch = WatchFor(watcher, kept, root_ / "kept");
  int looks = 0;  // Not guarded: the drop is what orders the two threads.
  std::optional<FileWatcher::Watch> dropped = watcher.Add({}, [&looks] { ++looks; });
  ASSERT_TRUE(kept.Looks(3));
  dropped.reset();
  const int before = looks;
  ASSERT_TRUE(kept.Looks(3));
  EXPECT_EQ(looks, before);
}

TEST_F(FileWatcherTest, ALookMayAddAndDropWatches) {
  Looker second(root_ / "second");
  std::mutex mutex;
  std::optional<FileWatcher::Watch> first_watch;
  FileWatcher::Watch second_watch;
  FileWatcher watcher(kPollOnly);
  {
    std::lock_guard lock(mutex);
    first_watch = watcher.Add({}, [&] {
      std::lock_guard inner(mutex);
      second_watch = WatchFor(watcher, second, root_ / "second");
      first_watch.reset();
    });
  }
  EXPECT_TRUE(second.Looks(3));
}

TEST_F(FileWatcherTest, AWatchMayOutliveItsWatcher) {
  Looker looker(root_ / "main");
  auto watcher = std::make_unique<FileWatcher>(kNoPoll);
  const FileWatcher::Watch watch = WatchFor(*watcher, looker, root_ / "main");
  ASSERT_TRUE(looker.Sees(kMissing));
  watcher.reset();
  const int looks = looker.looks();
  Write(root_ / "main", "1");
  EXPECT_EQ(looker.looks(), looks);
}

}  // namespace
}  // namespace blooio::gateway
