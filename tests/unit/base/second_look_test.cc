#include <gtest/gtest.h>

#include "absl/synchronization/mutex.h"
#include "service/base/file_watcher.h"

namespace blooio::gateway {
namespace {

class Looks {
 public:
  FileWatcher::Look Count() {
    return [this] {
      absl::MutexLock lock(&mutex_);
      ++count_;
    };
  }
  bool Await(int count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&] { return count_ >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(30));
  }
  int count() {
    absl::MutexLock lock(&mutex_);
    return count_;
  }

 private:
  absl::Mutex mutex_;
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
