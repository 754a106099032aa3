#include "service/server/recipient_key.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/integration/harness/temp_dir.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;

class RecipientKeyTest : public testing::Test {
 protected:
  std::string Write(const std::string& contents) const { return folder_.Write("key", contents); }

  const integration::TempDir folder_;
};

TEST_F(RecipientKeyTest, IsTheWholeFile) {
  const std::string bytes = absl::StrCat(std::string("\0\n\xFF", 3), std::string(29, '\n'));
  for (const std::string& good : {bytes, std::string(4096, 'x')}) {
    auto key = ReadRecipientKey(Write(good));
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->Reveal(), good);
  }
}

TEST_F(RecipientKeyTest, IsRandomWithoutAFile) {
  std::set<std::string> keys;
  for (int i = 0; i < 8; ++i) keys.insert(std::string(ReadRecipientKey("")->Reveal()));
  EXPECT_EQ(keys.size(), 8u);
  EXPECT_EQ(keys.begin()->size(), kLeastRecipientKeyBytes);
}

TEST_F(RecipientKeyTest, SaysWhatIsWrongInOneSentence) {
  const auto why = [](const std::string& path) {
    auto key = ReadRecipientKey(path);
    EXPECT_FALSE(key.ok());
    return std::string(key.status().message());
  };
  for (const size_t size : {0, 31, 4097, 10000}) {
    const std::string path = Write(std::string(size, 'q'));
    EXPECT_EQ(why(path), "log.recipient_key_file " + path +
                             ": does not hold 32 to 4096 bytes; write a random key into it, such as of "
                             "`openssl rand 32`");
  }
  EXPECT_THAT(why(folder_.path() / "none"),
              HasSubstr("none: cannot be read (No such file or directory); check"));
  EXPECT_THAT(why(folder_.path()), HasSubstr("is not a regular file"));
  ASSERT_EQ(mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(why((folder_.path() / "pipe")), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace blooio::gateway
