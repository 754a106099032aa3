// What the ledger needs of the Redis user: without any of it there is none, rather than one
// that forgets.
#include <gmock/gmock.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/text.h"
#include "service/redis/ledger_script.h"
#include "tests/unit/redis/redis_process.h"
#include "tests/unit/redis/watched_client.h"

namespace blooio::gateway {
namespace {

constexpr char kPassword[] = "canary-5f2e91";
constexpr std::array<std::string_view, 11> kCommands = {"del",  "eval", "evalsha", "get",    "info", "set",
                                                        "time", "zadd", "zcard",   "zrange", "zrem"};

// To a user that may do all of it but this.
WatchedClient Connect(const RedisProcess& redis, std::string_view without) {
  std::vector<std::string> words = {"ACL", "SETUSER", "ledger", "reset", "on", Cat(">", kPassword), "~t:*"};
  for (const std::string_view command : kCommands) {
    if (command != without) words.push_back(Cat("+", command));
  }
  redis.Say({"FLUSHALL"});
  redis.Say({"SCRIPT", "FLUSH"});
  redis.Say(std::vector<std::string_view>(words.begin(), words.end()));
  RedisOptions options = PatientOptions(redis.address());
  options.user = "ledger";
  options.password = [] { return SecretString(kPassword); };
  return WatchedClient(std::move(options), LedgerProbe({.prefix = "t:"}));
}

TEST(LedgerUser, NeedsWhatIsAskedOfOperators) {
  const RedisProcess redis;
  WatchedClient client = Connect(redis, "");
  EXPECT_TRUE(client.Available());
}

TEST(LedgerUser, IsRefusedWithoutAnyOfIt) {
  const RedisProcess redis;
  for (const std::string_view command : kCommands) {
    WatchedClient client = Connect(redis, command);
    EXPECT_FALSE(client.Available()) << command;
    EXPECT_EQ(client.changes().items()[0].word, "refused") << command;
    EXPECT_THAT(client.changes().items()[0].why, testing::HasSubstr(command)) << command;
  }
}

}  // namespace
}  // namespace blooio::gateway
