#include "service/redis/watched_redis.h"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/redis/redis_process.h"
#include "tests/unit/redis/watched_client.h"
#include "tests/unit/upstream/raw_server.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;

const LuaScript& Script() {
  static const LuaScript script("redis.call('SET', KEYS[1], 1) return 1");
  return script;
}
ScriptCall Call() { return {.script = &Script(), .keys = {"probe"}}; }

absl::Status Try(WatchedClient& client) {
  Heard<absl::Status> ends;
  client.Do([&](WatchedRedis& redis) {
    redis.Run(Call(), [&ends](const absl::StatusOr<RedisReply>& reply) { ends.Add(reply.status()); });
  });
  return ends.Await(1)[0];
}

// What happens to a Redis that is of use, how that is told, and how it ends.
struct Trouble {
  const char* what;
  std::function<void(RedisProcess&)> begin;
  const char* word;
  const char* why;
  std::function<void(RedisProcess&)> end;
};

class Troubles : public testing::TestWithParam<Trouble> {};

TEST_P(Troubles, AreToldOnceEachWay) {
  const Trouble& row = GetParam();
  RedisProcess redis;
  RedisOptions options = PatientOptions(redis.address());
  if (std::string_view(row.word) == "timeout") options.answer_within = absl::Seconds(2);
  WatchedClient client(std::move(options), Call());
  ASSERT_TRUE(client.Available());
  // Twice, so that it is known to be as good as new afterwards.
  for (size_t told = 1; told < 5; told += 2) {
    row.begin(redis);
    // Whether a call fails or its connection was lost before.
    while (Try(client).ok()) {
    }
    const WatchedClient::Told away = client.changes().Await(told + 1)[told];
    EXPECT_FALSE(away.available);
    EXPECT_EQ(away.word, row.word);
    EXPECT_THAT(away.why, HasSubstr(row.why));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(Try(client).ok());
    row.end(redis);
    EXPECT_TRUE(client.changes().Await(told + 2)[told + 1].available);
    EXPECT_EQ(Try(client), absl::OkStatus());
    EXPECT_EQ(client.changes().items().size(), told + 2);
  }
}

std::function<void(RedisProcess&)> Say(std::vector<std::string_view> words) {
  return [words = std::move(words)](RedisProcess& redis) { redis.Say(words); };
}

INSTANTIATE_TEST_SUITE_P(
    WatchedRedis, Troubles,
    testing::Values(Trouble{"killed", [](RedisProcess& redis) { redis.Kill(); }, "connection",
                            "Redis at 127.0.0.1:", [](RedisProcess& redis) { redis.Start(); }},
                    Trouble{"stopped", [](RedisProcess& redis) { redis.Pause(); }, "timeout",
                            "did not answer in", [](RedisProcess& redis) { redis.Resume(); }},
                    Trouble{"full", Say({"CONFIG", "SET", "maxmemory", "1"}), "error", "raise its maxmemory",
                            Say({"CONFIG", "SET", "maxmemory", "0"})},
                    Trouble{"replica", Say({"REPLICAOF", "127.0.0.1", "1"}), "error", "read-only replica",
                            Say({"REPLICAOF", "NO", "ONE"})},
                    Trouble{"forbidden", Say({"ACL", "SETUSER", "default", "-evalsha"}), "refused",
                            "ACL SETUSER", Say({"ACL", "SETUSER", "default", "+evalsha"})}),
    [](const testing::TestParamInfo<Trouble>& row) { return std::string(row.param.what); });

TEST(WatchedRedis, SaysFromTheStartThatItIsOfNoUse) {
  RedisProcess redis({"--requirepass", "canary-5f2e91"});
  WatchedClient client(PatientOptions(redis.address()), Call());
  EXPECT_FALSE(client.Available());
  EXPECT_EQ(client.changes().items()[0].word, "refused");
  EXPECT_TRUE(absl::IsPermissionDenied(Try(client)));
  redis.Say({"CONFIG", "SET", "requirepass", ""}, "canary-5f2e91");
  EXPECT_TRUE(client.changes().Await(2)[1].available);
}

TEST(WatchedRedis, SaysOnceMoreWhenItTurnsOutThatAnOperatorHasToHelp) {
  RedisProcess redis;
  WatchedClient client(PatientOptions(redis.address()), Call());
  EXPECT_TRUE(client.Available());
  redis.Say({"CONFIG", "SET", "requirepass", "canary-5f2e91"});
  redis.Say({"CLIENT", "KILL", "TYPE", "normal"}, "canary-5f2e91");
  const size_t away =
      client.changes().AwaitOne([](const auto& change) { return change.word == "connection"; });
  client.changes().AwaitOne([](const auto& change) { return change.word == "refused"; }, away);
}

TEST(WatchedRedis, HearsOfATroubleBeforeTheCallThatHasIt) {
  RedisProcess redis;
  WatchedClient client(PatientOptions(redis.address()), Call());
  ASSERT_TRUE(client.Available());
  redis.Say({"CONFIG", "SET", "maxmemory", "1"});
  Heard<size_t> told;
  client.Do([&](WatchedRedis& watched) {
    watched.Run(Call(),
                [&](const absl::StatusOr<RedisReply>&) { told.Add(client.changes().items().size()); });
  });
  EXPECT_EQ(told.Await(1)[0], 2u);
}

TEST(WatchedRedis, SendsOneProbeAtATimeAndNoCallsMeanwhile) {
  // Answers the greeting and one probe, then keeps silent on the second connection.
  Heard<std::string> second;
  RawServer server([&second](RawServer& raw) {
    RawConnection first = raw.Accept();
    first.ReadSome();
    first.Write("+PONG\r\n");
    first.ReadSome();
    first.Write(":1\r\n");
    first.ReadSome();
    first.Close();
    RawConnection then = raw.Accept();
    then.ReadSome();
    then.Write("+PONG\r\n");
    for (std::string text = then.ReadSome(); !text.empty(); text = then.ReadSome()) second.Add(text);
    second.Add("end");
  });
  {
    WatchedClient client(PatientOptions({.host = "127.0.0.1", .port = static_cast<uint16_t>(server.port())}),
                         Call());
    ASSERT_TRUE(client.Available());
    EXPECT_FALSE(Try(client).ok());
    second.Await(1);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(absl::IsUnavailable(Try(client)));
    EXPECT_EQ(client.changes().items().size(), 2u);
  }
  const std::vector<std::string> heard = second.Await(2);
  EXPECT_EQ(heard[1], "end");
  EXPECT_THAT(heard[0], testing::StartsWith("*4\r\n$7\r\nEVALSHA"));
}

TEST(WatchedRedis, EndsQuietly) {
  RedisProcess redis;
  WatchedClient client(PatientOptions(redis.address()), Call());
  ASSERT_TRUE(client.Available());
  redis.Pause();
  Heard<absl::Status> ends;
  client.Do([&](WatchedRedis& watched) {
    watched.Run(Call(), [&](const absl::StatusOr<RedisReply>& reply) { ends.Add(reply.status()); });
  });
  client.End();
  EXPECT_TRUE(absl::IsCancelled(ends.Await(1)[0]));
  EXPECT_EQ(client.changes().items().size(), 1u);
}

}  // namespace
}  // namespace blooio::gateway
