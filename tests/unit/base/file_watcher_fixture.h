// What tests of the watcher share: a folder of their own, and somebody who looks.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>

#include "service/base/file_watcher.h"

namespace blooio::gateway {

// Long enough for any machine; nothing waits for it to pass.
inline constexpr std::chrono::seconds kPatience(20);
// Beside the point of tests about events.
inline constexpr FileWatcher::Options kNoPoll = {.poll = absl::Hours(1)};
inline constexpr FileWatcher::Options kPollOnly = {.poll = absl::Milliseconds(20), .inotify = false};
inline const std::string kMissing = "(missing)";

inline std::string ContentOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return kMissing;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// Notes what a path holds at each look.
class Looker {
 public:
  explicit Looker(std::filesystem::path path) : path_(std::move(path)) {}

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
  const std::filesystem::path path_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string content_, half_ = "(never)";
  bool saw_half_ = false;
  int looks_ = 0;
};

class FileWatcherTest : public testing::Test {
 protected:
  FileWatcherTest()
      : root_(std::filesystem::path(testing::TempDir()) / ("file_watcher_test." + std::to_string(getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~FileWatcherTest() override { std::filesystem::remove_all(root_); }

  static void Write(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path) << content;
  }

  [[nodiscard]] FileWatcher::Watch WatchFor(FileWatcher& watcher, Looker& looker,
                                            const std::filesystem::path& path) {
    return watcher.Add({path.string()}, [&looker] { looker.Look(); });
  }

  const std::filesystem::path root_;
};

}  // namespace blooio::gateway
