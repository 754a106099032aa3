#include "service/credentials/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace blooio::gateway {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string PathOf(const std::string& name) {
  return testing::TempDir() + "key_file_test." + std::to_string(getpid()) + "." + name;
}

std::string WriteFile(const std::string& name, const std::string& content) {
  const std::string path = PathOf(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

struct GoodCase {
  std::string name;
  std::string content;
  std::string key;
};

class GoodKeyFileTest : public testing::TestWithParam<GoodCase> {};

TEST_P(GoodKeyFileTest, IsTheKey) {
  const auto key = ReadKeyFile(WriteFile(GetParam().name, GetParam().content));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->Reveal(), GetParam().key);
}

INSTANTIATE_TEST_SUITE_P(
    KeyFiles, GoodKeyFileTest,
    testing::Values(GoodCase{"Bare", "bl_live_1", "bl_live_1"},
                    GoodCase{"Newline", "bl_live_1\n", "bl_live_1"},
                    GoodCase{"Crlf", "bl_live_1\r\n", "bl_live_1"}, GoodCase{"OneCharacter", "k", "k"},
                    GoodCase{"EveryPunctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
                             "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
                    GoodCase{"Longest", std::string(4096, 'k') + "\r\n", std::string(4096, 'k')}),
    [](const auto& info) { return info.param.name; });

struct BadCase {
  std::string name;
  std::string content;
  std::string sentence;
};

class BadKeyFileTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadKeyFileTest, IsRefusedWithoutShowingIt) {
  const std::string path = WriteFile(GetParam().name, GetParam().content);
  const auto key = ReadKeyFile(path);
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(key.status().message()),
              AllOf(HasSubstr("key file " + path + ": " + GetParam().sentence), Not(HasSubstr("bl_"))));
}

INSTANTIATE_TEST_SUITE_P(
    KeyFiles, BadKeyFileTest,
    testing::Values(BadCase{"Empty", "", "is empty"}, BadCase{"OnlyNewline", "\n", "is empty"},
                    BadCase{"TwoNewlines", "bl_a\n\n", "has blanks or several lines"},
                    BadCase{"OnlyCarriageReturn", "bl_a\r", "has blanks or several lines"},
                    BadCase{"TwoLines", "bl_a\nbl_b\n", "has blanks or several lines"},
                    BadCase{"LeadingBlank", " bl_a", "has blanks or several lines"},
                    BadCase{"TrailingBlank", "bl_a \n", "has blanks or several lines"},
                    BadCase{"Tab", "bl_\ta", "has blanks or several lines"},
                    BadCase{"Nul", std::string("bl_\0a", 5), "has characters that no API key has"},
                    BadCase{"Delete", "bl_\x7f", "has characters that no API key has"},
                    BadCase{"ByteOrderMark",
                            "\xef\xbb\xbf"
                            "bl_a",
                            "has characters that no API key has"},
                    BadCase{"NotAscii", "bl_ä", "has characters that no API key has"},
                    BadCase{"TooLong", std::string(4097, 'k'), "is longer than 4096 bytes"},
                    BadCase{"MuchTooLong", std::string(100000, 'k'), "is longer than 4096 bytes"}),
    [](const auto& info) { return info.param.name; });

TEST(ReadKeyFileTest, SaysThatAFileIsMissing) {
  const auto key = ReadKeyFile(PathOf("missing"));
  EXPECT_EQ(key.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(key.status().message()),
              HasSubstr("key file " + PathOf("missing") + ": cannot be read (No such file or directory)"));
}

TEST(ReadKeyFileTest, SaysThatAFileIsForbidden) {
  const std::string path = WriteFile("forbidden", "bl_a");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  // Root may read every file, so it is somebody else for that long.
  constexpr uid_t kNobody = 65534;
  const bool is_root = geteuid() == 0;
  ASSERT_EQ(is_root ? seteuid(kNobody) : 0, 0);
  const auto key = ReadKeyFile(path);
  ASSERT_EQ(is_root ? seteuid(0) : 0, 0);
  EXPECT_EQ(key.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(std::string(key.status().message()),
            "key file " + path + ": cannot be read (Permission denied); check the path and its mode");
  unlink(path.c_str());
}

TEST(ReadKeyFileTest, RefusesADirectory) {
  const auto key = ReadKeyFile(testing::TempDir());
  EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(key.status().message()), HasSubstr("is not a regular file"));
}

TEST(ReadKeyFileTest, RefusesAPipeWithoutWaitingForAWriter) {
  const std::string path = PathOf("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(ReadKeyFile(path).status().code(), absl::StatusCode::kFailedPrecondition);
  unlink(path.c_str());
}

TEST(ReadKeyFileTest, FollowsSymbolicLinks) {
  const std::string link = PathOf("link");
  unlink(link.c_str());
  ASSERT_EQ(symlink(WriteFile("target", "bl_live_1\n").c_str(), link.c_str()), 0);
  const auto key = ReadKeyFile(link);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->Reveal(), "bl_live_1");
}

}  // namespace
}  // namespace blooio::gateway
