#include "service/server/memory_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

namespace blooio::gateway {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

time_t ModifiedAt(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mtime;
}

TEST(MemoryFileTest, ChangesBehindAPathThatStays) {
  MemoryFile file("test");
  EXPECT_EQ(file.path(), "");
  ASSERT_TRUE(file.Replace("first, and longer").ok());
  const std::string path = file.path();
  EXPECT_EQ(Read(path), "first, and longer");
  const time_t first = ModifiedAt(path);
  EXPECT_NE(first, 0);
  std::ifstream opened(path);
  ASSERT_TRUE(file.Replace("second").ok());
  EXPECT_EQ(file.path(), path);
  EXPECT_EQ(Read(path), "second");
  EXPECT_NE(ModifiedAt(path), first);
  std::string still;
  std::getline(opened, still);
  EXPECT_EQ(still, "first, and longer");
}

TEST(MemoryFileTest, IsSeenByNobodyElse) {
  MemoryFile file("test");
  ASSERT_TRUE(file.Replace("secret").ok());
  struct stat info = {};
  ASSERT_EQ(stat(file.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(MemoryFileTest, IsNeverSeenHalfWritten) {
  MemoryFile file("test");
  ASSERT_TRUE(file.Replace(std::string(100'000, 'a')).ok());
  const std::string path = file.path();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 500; ++i)
      EXPECT_TRUE(file.Replace(std::string(100'000, static_cast<char>('a' + i % 26))).ok());
    done = true;
  });
  while (!done) {
    const std::string text = Read(path);
    EXPECT_EQ(text, std::string(100'000, text.empty() ? '?' : text[0]));
  }
  writer.join();
}

}  // namespace
}  // namespace blooio::gateway
