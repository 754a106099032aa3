#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "service/base/file_watcher.h"

namespace blooio::gateway {
namespace {

class Looks {
 public:
  FileWatcher::Look Count() {
    return [this] {
      std::lock_guard lock(mutex_);
      ++count_;
      changed_.notify_all();
    };
  }
  bool Await(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return count_ >= count; });
  }
  int count() {
    std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

// Nothing happens to the files: only what is asked for makes looks.
TEST(SecondLookTest, FollowsEachLookForThoseWhoWantIt) {
  FileWatcher watcher({.poll = absl::Hours(1), .inotify = false});
  Looks once, twice, long_after;
  const FileWatcher::Watch first = watcher.Add({"/nowhere"}, once.Count());
  EXPECT_TRUE(once.Await(1));
  const FileWatcher::Watch second = watcher.Add({"/nowhere"}, twice.Count(), absl::Milliseconds(5));
  EXPECT_TRUE(twice.Await(2));
  const FileWatcher::Watch third = watcher.Add({"/nowhere"}, long_after.Count(), absl::Hours(1));
  EXPECT_TRUE(long_after.Await(1));
  watcher.Poke();
  EXPECT_TRUE(twice.Await(4));
  EXPECT_EQ(once.count(), 2);
  EXPECT_EQ(twice.count(), 4);
  EXPECT_EQ(long_after.count(), 2);
}

}  // namespace
}  // namespace blooio::gateway
