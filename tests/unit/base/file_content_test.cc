#include "service/base/file_content.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/integration/harness/temp_dir.h"

namespace blooio::gateway {
namespace {

const integration::TempDir& Folder() {
  static const auto& folder = *new integration::TempDir;
  return folder;
}

TEST(FileContentTest, IsAllOfItUpToAByteTooMany) {
  constexpr size_t kMost = 10000;
  for (const size_t size : {0, 1, 4095, 4096, 4097, 9999, 10000, 10001, 100000}) {
    const std::string content = std::string(size / 2, 'a') + std::string(size - size / 2, '\0');
    const auto read = ReadSecretFile(Folder().Write("file", content), kMost);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->Reveal(), content.substr(0, kMost + 1)) << size;
    EXPECT_EQ(*ReadFileContent(Folder().path() / "file", kMost), read->Reveal());
  }
}

// What the kernel makes up while it is read says of itself that it is empty.
TEST(FileContentTest, DoesNotTrustTheSizeThatAFileClaims) {
  const auto read = ReadFileContent("/proc/self/mountinfo", 1 << 20);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, testing::HasSubstr("/"));
  const auto long_one = ReadFileContent("/proc/self/smaps", 20000);
  ASSERT_TRUE(long_one.ok()) << long_one.status();
  EXPECT_EQ(long_one->size(), 20001u);
}

TEST(FileContentTest, SaysWhyThereIsNone) {
  const std::string pipe = Folder().path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  struct Row {
    std::string path;
    absl::StatusCode code;
    std::string why;
  };
  for (const Row& row :
       {Row{"/nowhere/file", absl::StatusCode::kNotFound, "cannot be read (No such file or directory)"},
        Row{Folder().path(), absl::StatusCode::kFailedPrecondition, "is not a regular file"},
        Row{pipe, absl::StatusCode::kFailedPrecondition, "is not a regular file"}}) {
    for (const absl::Status& status :
         {ReadSecretFile(row.path, 10).status(), ReadFileContent(row.path, 10).status()}) {
      EXPECT_EQ(status.code(), row.code);
      EXPECT_EQ(status.message(), row.path + ": " + row.why);
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
