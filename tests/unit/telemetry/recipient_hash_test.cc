#include "service/telemetry/recipient_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

namespace blooio::gateway {
namespace {

using testing::HasSubstr;

SecretString Key(std::string text) { return SecretString(std::move(text)); }

// RFC 4231, 4.2 to 4.4 and 4.7: keys shorter and longer than a block.
TEST(RecipientHashTest, IsTheBeginningOfHmacSha256) {
  EXPECT_EQ(RecipientHash(Key(std::string(20, '\x0b'))).Of("Hi There"), "b0344c61");
  EXPECT_EQ(RecipientHash(Key("Jefe")).Of("what do ya want for nothing?"), "5bdcc146");
  EXPECT_EQ(RecipientHash(Key(std::string(20, '\xaa'))).Of(std::string(50, '\xdd')), "773ea91e");
  EXPECT_EQ(RecipientHash(Key(std::string(131, '\xaa')))
                .Of("Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e43159");
}

TEST(RecipientHashTest, IsTheSameAgainAndFromEveryThread) {
  const RecipientHash hash(Key(std::string(32, 'k')));
  const std::string expected = hash.Of("+15551234567");
  EXPECT_NE(hash.Of("+15551234568"), expected);
  EXPECT_NE(RecipientHash(Key(std::string(32, 'K'))).Of("+15551234567"), expected);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) ASSERT_EQ(hash.Of("+15551234567"), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

class RecipientKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (std::filesystem::temp_directory_path() / "blooio-key-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& contents) const {
    std::ofstream(folder_ / "key", std::ios::binary) << contents;
    return (folder_ / "key").string();
  }

  std::filesystem::path folder_;
};

TEST_F(RecipientKeyTest, IsTheWholeFile) {
  const std::string bytes = std::string("\0\n\xFF", 3) + std::string(29, '\n');
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
  EXPECT_THAT(why((folder_ / "none").string()),
              HasSubstr("none: cannot be read (No such file or directory); check"));
  EXPECT_THAT(why(folder_.string()), HasSubstr("is not a regular file"));
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(why((folder_ / "pipe").string()), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace blooio::gateway
