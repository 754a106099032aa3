#include "service/base/file_watcher.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

namespace blooio::gateway {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

// Long enough for any machine; nothing waits for it to pass.
constexpr seconds kPatience(20);
// Beside the point of tests about events.
constexpr FileWatcher::Options kNoPoll = {.poll = absl::Hours(1)};
constexpr FileWatcher::Options kPollOnly = {.poll = absl::Milliseconds(20), .inotify = false};
const std::string kMissing = "(missing)";

std::string ContentOf(const fs::path& path) {
  std::ifstream file(path);
  if (!file) return kMissing;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// Notes what a path holds at each look.
class Looker {
 public:
  explicit Looker(fs::path path) : path_(std::move(path)) {}

  void Look() {
    std::lock_guard lock(mutex_);
    ++looks_;
    content_ = ContentOf(path_);
    if (content_ == half_) saw_half_ = true;
    changed_.notify_all();
  }
  bool Sees(const std::string& content) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return looks_ > 0 && content_ == content; });
  }
  bool HasLooked(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return looks_ >= times; });
  }
  bool Looks(int more) { return HasLooked(looks() + more); }
  int looks() {
    std::lock_guard lock(mutex_);
    return looks_;
  }
  void Mind(std::string half) { half_ = std::move(half); }
  bool saw_half() {
    std::lock_guard lock(mutex_);
    return saw_half_;
  }

 private:
  const fs::path path_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string content_, half_ = "(never)";
  bool saw_half_ = false;
  int looks_ = 0;
};

class FileWatcherTest : public testing::Test {
 protected:
  FileWatcherTest()
      : root_(fs::path(testing::TempDir()) / ("file_watcher_test." + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~FileWatcherTest() override { fs::remove_all(root_); }

  static void Write(const fs::path& path, const std::string& content) { std::ofstream(path) << content; }

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

  [[nodiscard]] FileWatcher::Watch WatchFor(FileWatcher& watcher, Looker& looker, const fs::path& path) {
    return watcher.Add({path.string()}, [&looker] { looker.Look(); });
  }

  const fs::path root_;
  int swaps_ = 0;
};

TEST_F(FileWatcherTest, NoticesWhatIsWrittenReplacedDeletedAndMadeAgain) {
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

TEST_F(FileWatcherTest, NoticesTheKubeletsSwaps) {
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

TEST_F(FileWatcherTest, NoticesFoldersThatComeGoAndAreReplaced) {
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

TEST_F(FileWatcherTest, PollsWhereTheKernelTellsNothing) {
  const fs::path path = root_ / "main";
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
  const fs::path path = root_ / "main";
  Looker looker(path);
  FileWatcher watcher({.poll = absl::Milliseconds(20)});
  const FileWatcher::Watch watch = WatchFor(watcher, looker, path);
  EXPECT_TRUE(looker.Looks(4));
  EXPECT_FALSE(watcher.polls_only());
}

TEST_F(FileWatcherTest, LeavesAFileAloneThatIsBeingWritten) {
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

TEST_F(FileWatcherTest, LeavesAloneWhatOtherFilesDo) {
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

TEST_F(FileWatcherTest, LooksNowAndThenUnderASteadyStreamOfEvents) {
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
