// A connection to a Redis that is well, or gone.
#include "service/redis/connection.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/unit/redis/redis_client.h"
#include "tests/unit/redis/redis_process.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;

const LuaScript& Kinds() {
  static const LuaScript script(
      "return {7, 'text', {KEYS[1], ARGV[1]}, false, redis.status_reply('fine'), redis.error_reply('ERR "
      "x')}");
  return script;
}
// Writes what it is given.
const LuaScript& Write() {
  static const LuaScript script("redis.call('SET', KEYS[1], ARGV[1]) return tonumber(ARGV[1])");
  return script;
}
ScriptCall WriteOf(int number) {
  return {.script = &Write(), .keys = {"key"}, .arguments = {std::to_string(number)}};
}

bool IsUp(const absl::Status& state) { return state.ok(); }

TEST(RedisConnection, RunsScriptsWhereverRedisIs) {
  const RedisProcess redis;
  RedisAddress by_name = redis.address();
  by_name.host = "localhost";
  for (const RedisAddress& address : {redis.address(), redis.unix_address(), by_name}) {
    RedisClient client(PatientOptions(address));
    ASSERT_EQ(client.Connected(), absl::OkStatus()) << address.Text();
    const absl::StatusOr<RedisReply> reply =
        client.Run({.script = &Kinds(), .keys = {"a\r\nb"}, .arguments = {""}});
    ASSERT_TRUE(reply.ok()) << reply.status();
    const std::vector<RedisReply>& values = *reply->array();
    ASSERT_EQ(values.size(), 6u);
    EXPECT_EQ(*values[0].integer(), 7);
    EXPECT_EQ(*values[1].string(), "text");
    EXPECT_EQ(*values[2].array()->at(0).string(), "a\r\nb");
    EXPECT_EQ(*values[2].array()->at(1).string(), "");
    EXPECT_TRUE(values[3].nil());
    EXPECT_EQ(*values[4].string(), "fine");
    EXPECT_EQ(values[5].error()->text, "ERR x");
  }
}

TEST(RedisConnection, TellsRedisAScriptOnlyWhenItDoesNotKnowIt) {
  const RedisProcess redis;
  RedisClient client(PatientOptions(redis.address()));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.Run(WriteOf(i)).ok());
  redis.Say({"SCRIPT", "FLUSH"});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.Run(WriteOf(i)).ok());
  const std::string stats = *redis.Say({"INFO", "commandstats"}).string();
  EXPECT_THAT(stats, HasSubstr("cmdstat_eval:calls=2,"));
  EXPECT_THAT(stats, HasSubstr("cmdstat_evalsha:calls=6,"));
}

TEST(RedisConnection, AnswersManyCallsEachWithItsOwn) {
  const RedisProcess redis;
  RedisClient client(PatientOptions(redis.address()));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  // Most of them out before Redis has seen the script: each is told twice.
  Heard<std::pair<int, int64_t>> answers;
  client.Do([&](RedisConnection& connection) {
    for (int i = 0; i < 900; ++i) {
      connection.Run(WriteOf(i), [&answers, i](absl::StatusOr<RedisReply> reply) {
        answers.Add({i, reply.ok() ? *reply->integer() : -1});
      });
    }
  });
  for (const auto& [asked, answered] : answers.Await(900)) EXPECT_EQ(asked, answered);
}

TEST(RedisConnection, HasNoMoreCallsOutThanItMay) {
  RedisProcess redis;
  RedisOptions options = PatientOptions(redis.address());
  options.most_calls_out = 3;
  RedisClient client(std::move(options));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  redis.Pause();
  Heard<RedisClient::Answer> answers;
  for (int i = 0; i < 4; ++i) client.Begin(WriteOf(i), answers);
  // Only the one too many has been answered.
  ASSERT_EQ(answers.Await(1).size(), 1u);
  EXPECT_EQ(answers.items()[0].status().code(), absl::StatusCode::kResourceExhausted);
  redis.Resume();
  for (int i = 1; i < 4; ++i) EXPECT_TRUE(answers.Await(4)[i].ok());
}

TEST(RedisConnection, EndsItsCallsWithItself) {
  RedisProcess redis;
  Heard<RedisClient::Answer> answers;
  RedisClient client(PatientOptions(redis.address()));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  redis.Pause();
  for (int i = 0; i < 5; ++i) client.Begin(WriteOf(i), answers);
  client.End();
  ASSERT_EQ(answers.items().size(), 5u);
  for (const auto& answer : answers.items()) EXPECT_TRUE(absl::IsCancelled(answer.status()));
}

TEST(RedisConnection, FailsAtOnceWithoutAServer) {
  RedisProcess redis;
  redis.Kill();
  RedisClient client(PatientOptions(redis.address()));
  const absl::Status state = client.Connected();
  EXPECT_TRUE(absl::IsUnavailable(state)) << state;
  EXPECT_THAT(state.ToString(), HasSubstr("Connection refused"));
  EXPECT_EQ(client.Run(WriteOf(1)).status(), state);
  // Started later, it is found.
  redis.Start();
  client.states().AwaitOne(IsUp);
  EXPECT_TRUE(client.Run(WriteOf(1)).ok());
}

TEST(RedisConnection, SaysWhichAddressesCannotBe) {
  const std::vector<RedisAddress> addresses = {{.host = "no-such-host.invalid"},
                                               {.unix_path = "/nonexistent/socket"},
                                               {.unix_path = std::string(200, 'x')}};
  for (const RedisAddress& address : addresses) {
    RedisClient client(PatientOptions(address));
    const absl::Status state = client.Connected();
    EXPECT_TRUE(absl::IsUnavailable(state)) << state;
    EXPECT_THAT(state.ToString(), HasSubstr(address.Text() + " cannot be reached"));
  }
}

TEST(RedisConnection, ComesBackWhenRedisDoes) {
  RedisProcess redis;
  RedisClient client(PatientOptions(redis.address()));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  for (int time = 0; time < 3; ++time) {
    redis.Kill();
    const size_t lost = client.states().AwaitOne(absl::IsUnavailable, client.states().items().size() - 1);
    EXPECT_TRUE(absl::IsUnavailable(client.Run(WriteOf(1)).status()));
    redis.Start();
    client.states().AwaitOne(IsUp, lost);
    EXPECT_TRUE(client.Run(WriteOf(1)).ok());
  }
}

TEST(RedisConnection, EndsCallsInTimeWhenRedisHangs) {
  RedisProcess redis;
  RedisOptions options = PatientOptions(redis.address());
  options.answer_within = absl::Milliseconds(50);
  RedisClient client(std::move(options));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  redis.Pause();
  Heard<RedisClient::Answer> answers;
  for (int i = 0; i < 10; ++i) client.Begin(WriteOf(i), answers);
  for (const auto& answer : answers.Await(10)) {
    // One was late, and with it the connection of the others has gone.
    EXPECT_TRUE(absl::IsDeadlineExceeded(answer.status())) << answer.status();
    EXPECT_THAT(answer.status().ToString(), HasSubstr("did not answer in 50ms"));
  }
  const size_t lost = client.states().AwaitOne(absl::IsDeadlineExceeded);
  redis.Resume();
  client.states().AwaitOne(IsUp, lost);
}

TEST(RedisConnection, GivesUpOnAServerThatDoesNotGreet) {
  RedisProcess redis;
  redis.Pause();  // The kernel goes on accepting.
  RedisOptions options = PatientOptions(redis.address());
  options.connect_within = absl::Milliseconds(20);
  RedisClient client(std::move(options));
  EXPECT_TRUE(absl::IsDeadlineExceeded(client.Connected())) << client.Connected();
  redis.Resume();
  client.states().AwaitOne(IsUp);
}

}  // namespace
}  // namespace blooio::gateway
