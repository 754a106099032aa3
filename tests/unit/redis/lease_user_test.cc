// What leases need of the Redis user: without any of it there are none, rather than
// too many.
#include <gmock/gmock.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "service/redis/shared_buckets.h"
#include "tests/unit/redis/redis_process.h"
#include "tests/unit/redis/watched_client.h"

namespace blooio::gateway {
namespace {

constexpr char kPassword[] = "canary-5f2e91";
constexpr std::array<std::string_view, 5> kCommands = {"eval", "evalsha", "get", "set", "time"};

// To a user that may do all of it but this.
WatchedClient Connect(const RedisProcess& redis, std::string_view without) {
  std::vector<std::string> words = {"ACL", "SETUSER", "limits", "reset", "on", Cat(">", kPassword), "~*"};
  for (const std::string_view command : kCommands) {
    if (command != without) words.push_back(Cat("+", command));
  }
  redis.Say({"FLUSHALL"});
  redis.Say({"SCRIPT", "FLUSH"});
  redis.Say(std::vector<std::string_view>(words.begin(), words.end()));
  RedisOptions options = PatientOptions(redis.address());
  options.user = "limits";
  options.password = [] { return SecretString(kPassword); };
  return WatchedClient(std::move(options), SharedBuckets::Probe("t:"));
}

TEST(LeaseUser, NeedsWhatIsAskedOfOperators) {
  const RedisProcess redis;
  EXPECT_TRUE(Connect(redis, "").Available());
}

TEST(LeaseUser, IsRefusedWithoutAnyOfIt) {
  const RedisProcess redis;
  for (const std::string_view command : kCommands) {
    WatchedClient client = Connect(redis, command);
    EXPECT_FALSE(client.Available()) << command;
    EXPECT_EQ(client.changes().items()[0].word, "refused") << command;
    EXPECT_THAT(client.changes().items()[0].why, testing::HasSubstr("ACL SETUSER")) << command;
  }
}

TEST(LeaseUser, IsRefusedOnceItIsTakenAway) {
  const RedisProcess redis;
  // But eval, which a script that Redis knows does not need.
  for (const std::string_view change : {"-evalsha", "-get", "-set", "-time", "resetkeys"}) {
    WatchedClient client = Connect(redis, "");
    ASSERT_TRUE(client.Available());
    redis.Say({"ACL", "SETUSER", "limits", change});
    Heard<absl::Status> ends;
    client.Do([&](WatchedRedis& watched) {
      SharedBuckets(watched, "t:")
          .Ask({{.key = "k", .tokens_per_period = 1, .period_ns = 1'000'000'000, .burst = 9, .tokens = 9}},
               [&ends](const absl::StatusOr<std::vector<LeaseAnswer>>& answers) {
                 ends.Add(answers.status());
               });
    });
    ASSERT_TRUE(absl::IsPermissionDenied(ends.Await(1)[0])) << change << ": " << ends.items()[0];
    EXPECT_EQ(client.changes().Await(2)[1].word, "refused") << change;
  }
}

}  // namespace
}  // namespace blooio::gateway
