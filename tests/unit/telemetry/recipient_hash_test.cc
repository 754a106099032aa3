#include "service/telemetry/recipient_hash.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace blooio::gateway {
namespace {

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

}  // namespace
}  // namespace blooio::gateway
