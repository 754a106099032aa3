#include "client/blooioctl/input_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <thread>

namespace blooio::client {
namespace {

class InputFileTest : public testing::Test {
 protected:
  ~InputFileTest() override { std::remove(path_.c_str()); }

  void Write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  const std::string path_ = testing::TempDir() + "/blooioctl_input." + std::to_string(getpid());
};

std::string Refusal(const absl::StatusOr<std::string>& text) {
  EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(text.status().message());
}

TEST_F(InputFileTest, ReadsFilesUpToTheLimit) {
  Write("");
  EXPECT_EQ(*ReadInputFile(path_, 10), "");
  const std::string text(300000, 'x');
  Write(text);
  EXPECT_EQ(*ReadInputFile(path_, text.size()), text);
  EXPECT_EQ(*ReadInputFile(path_, 1 << 20), text);
  EXPECT_EQ(Refusal(ReadInputFile(path_, text.size() - 1)),
            "cannot read " + path_ + ": it is longer than 299999 bytes");
}

TEST_F(InputFileTest, ReadsPipesToTheirEnd) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const std::string text(200000, 'y');
  std::thread writer([&] { Write(text); });
  EXPECT_EQ(*ReadInputFile(path_, 1 << 20), text);
  writer.join();
}

TEST_F(InputFileTest, RefusesEverythingElse) {
  EXPECT_EQ(Refusal(ReadInputFile("/tmp", 10)), "cannot read /tmp: it is neither a regular file nor a pipe");
  EXPECT_EQ(Refusal(ReadInputFile("/dev/zero", 10)),
            "cannot read /dev/zero: it is neither a regular file nor a pipe");
  EXPECT_EQ(Refusal(ReadInputFile(path_, 10)), "cannot read " + path_ + " (No such file or directory)");
}

TEST_F(InputFileTest, EndsEndlessInputAtTheLimit) {
  const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(Refusal(ReadInput(zero, "it", 16 << 20)), "cannot read it: it is longer than 16777216 bytes");
  close(zero);
  const int folder = open("/tmp", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(Refusal(ReadInput(folder, "it", 10)), "cannot read it (Is a directory)");
  close(folder);
}

}  // namespace
}  // namespace blooio::client
