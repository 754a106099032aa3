#include "service/server/watched_file.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace blooio::gateway {
namespace {

// Takes every content but "bad"; tests wait for what was offered.
class Taker {
 public:
  absl::Status Take(std::string_view content) {
    std::lock_guard lock(mutex_);
    ++offers_;
    if (content != "bad") taken_ = content;
    changed_.notify_all();
    return content == "bad" ? absl::InvalidArgumentError("is bad") : absl::OkStatus();
  }
  bool AwaitOffers(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return offers_ >= count; });
  }
  bool AwaitTaken(const std::string& content) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return taken_ == content; });
  }
  std::string taken() {
    std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int offers_ = 0;
  std::string taken_;
};

class WatchedFileTest : public testing::Test {
 protected:
  WatchedFileTest() : path_(testing::TempDir() + "/watched_file") { Write("one"); }
  ~WatchedFileTest() override { std::filesystem::remove(path_); }

  void Write(const std::string& content) const {
    std::ofstream(path_ + ".next") << content;
    std::filesystem::rename(path_ + ".next", path_);
  }
  absl::StatusOr<WatchedFile> Open() {
    return WatchedFile::Open("jwks_file", path_, files_,
                             [this](std::string_view content) { return taker_.Take(content); });
  }

  const std::string path_;
  Taker taker_;
  FileWatcher files_;
};

TEST_F(WatchedFileTest, LoadsAtOnceAndWhenTheContentChanges) {
  const auto file = Open();
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(taker_.taken(), "one");
  Write("two");
  EXPECT_TRUE(taker_.AwaitTaken("two"));
}

TEST_F(WatchedFileTest, KeepsTheLastGoodContent) {
  const auto file = Open();
  ASSERT_TRUE(file.ok());
  Write("bad");
  ASSERT_TRUE(taker_.AwaitOffers(2));
  EXPECT_EQ(taker_.taken(), "one");
  std::filesystem::remove(path_);
  Write("three");
  EXPECT_TRUE(taker_.AwaitTaken("three"));
}

TEST_F(WatchedFileTest, AFileThatIsNoGoodAtStartIsAnError) {
  Write("bad");
  EXPECT_EQ(Open().status().message(), "jwks_file: " + path_ + ": is bad");
  Write(std::string(WatchedFile::kMostBytes + 1, 'x'));
  EXPECT_EQ(Open().status().message(), "jwks_file: " + path_ + ": is longer than 1048576 bytes");
  std::filesystem::remove(path_);
  EXPECT_EQ(Open().status().message(),
            "jwks_file: " + path_ + ": cannot be read (No such file or directory)");
}

}  // namespace
}  // namespace blooio::gateway
