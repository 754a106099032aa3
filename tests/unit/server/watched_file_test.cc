#include "service/server/watched_file.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"

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
    return content == "bad" ? absl::InvalidArgumentError("it is bad") : absl::OkStatus();
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
    return Open({path_}, [this](WatchedFile::Contents contents) { return taker_.Take(contents[0]); });
  }
  absl::StatusOr<WatchedFile> Open(std::vector<std::string> paths, WatchedFile::Load load) {
    return WatchedFile::Open("jwks_file", std::move(paths), files_, telemetry_, std::move(load));
  }
  // What the metric says, "" without one.
  std::string Refused() {
    static constexpr std::string_view kSeries =
        "blooio_gateway_file_refused{account=\"\",setting=\"jwks_file\"} ";
    const std::string text = telemetry_.metrics().Text();
    const size_t at = text.find(kSeries);
    return at == std::string::npos ? "" : text.substr(at + kSeries.size(), 1);
  }
  // The metric follows what is taken by a moment.
  bool AwaitRefused(const std::string& value) {
    const absl::Time until = absl::Now() + absl::Seconds(30);
    while (Refused() != value && absl::Now() < until) std::this_thread::yield();
    return Refused() == value;
  }

  const std::string path_;
  Taker taker_;
  Telemetry telemetry_{SecretString(std::string(32, 'k')), "1"};
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

TEST_F(WatchedFileTest, IsOneWithAnotherFile) {
  const std::string key = path_ + ".key";
  std::ofstream(key) << "1";
  {
    const auto both = Open({path_, key}, [this](WatchedFile::Contents contents) {
      return taker_.Take(std::string(contents[0]).append(contents[1]));
    });
    ASSERT_TRUE(both.ok()) << both.status();
    EXPECT_EQ(taker_.taken(), "one1");
    std::ofstream(key) << "2";
    EXPECT_TRUE(taker_.AwaitTaken("one2"));
    Write("two");
    EXPECT_TRUE(taker_.AwaitTaken("two2"));
  }
  std::filesystem::remove(key);
}

TEST_F(WatchedFileTest, IsCountedWhileItIsRefused) {
  EXPECT_EQ(Refused(), "");
  {
    const auto file = Open();
    EXPECT_EQ(Refused(), "0");
    Write("bad");
    EXPECT_TRUE(AwaitRefused("1"));
    // What was good before is good again, though nothing is loaded.
    Write("one");
    EXPECT_TRUE(AwaitRefused("0"));
    std::filesystem::remove(path_);
    EXPECT_TRUE(AwaitRefused("1"));
  }
  EXPECT_EQ(Refused(), "");
}

TEST_F(WatchedFileTest, AFileThatIsNoGoodAtStartIsAnError) {
  Write("bad");
  EXPECT_EQ(Open().status().message(), "jwks_file: it is bad");
  Write(std::string(WatchedFile::kMostBytes + 1, 'x'));
  EXPECT_EQ(Open().status().message(), "jwks_file: " + path_ + ": is longer than 1048576 bytes");
  std::filesystem::remove(path_);
  EXPECT_EQ(Open().status().message(),
            "jwks_file: " + path_ + ": cannot be read (No such file or directory)");
}

}  // namespace
}  // namespace blooio::gateway
