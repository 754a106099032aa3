// A connection to a Redis that is well, and to one whose operator makes mistakes.
#include "service/redis/connection.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <vector>

#include "tests/unit/redis/redis_client.h"
#include "tests/unit/redis/redis_process.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPassword[] = "canary-5f2e91";

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

std::function<absl::StatusOr<SecretString>()> Password(std::string password) {
  return [password] { return SecretString(std::string(password)); };
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

struct Login {
  const char* what;
  std::vector<std::string> server;
  std::string user;
  std::string password;
  absl::StatusCode code;
};

TEST(RedisConnection, IsLetInByUserAndPassword) {
  const std::vector<std::string> users = {
      "--requirepass", kPassword, "--user", "limits", "on", std::string(">") + kPassword, "~*", "+@all"};
  const std::vector<Login> rows = {
      {"password", users, "", kPassword, absl::StatusCode::kOk},
      {"user", users, "limits", kPassword, absl::StatusCode::kOk},
      {"neither", users, "", "", absl::StatusCode::kPermissionDenied},
      {"wrong password", users, "", "canary-wrong", absl::StatusCode::kPermissionDenied},
      {"unknown user", users, "nobody", kPassword, absl::StatusCode::kPermissionDenied},
      {"password where none is needed", {}, "", kPassword, absl::StatusCode::kPermissionDenied},
  };
  for (const Login& row : rows) {
    const RedisProcess redis(row.server);
    RedisOptions options = PatientOptions(redis.address());
    options.user = row.user;
    options.password = Password(row.password);
    RedisClient client(std::move(options));
    const absl::Status state = client.Connected();
    EXPECT_EQ(state.code(), row.code) << row.what << ": " << state;
    const absl::Status call = client.Run(WriteOf(1)).status();
    EXPECT_EQ(call.code(), row.code) << row.what << ": " << call;
    EXPECT_THAT(Cat(state.ToString(), call.ToString()), Not(HasSubstr("canary"))) << row.what;
    EXPECT_EQ(state.ok(), state.ToString().find("redis.password_file") == std::string::npos) << state;
  }
}

TEST(RedisConnection, ReadsThePasswordAnewEachTime) {
  const RedisProcess redis({"--requirepass", kPassword});
  std::atomic<int> times = 0;
  RedisOptions options = PatientOptions(redis.address());
  options.password = [&times]() -> absl::StatusOr<SecretString> {
    const int time = times++;
    if (time == 0) return absl::NotFoundError("/secrets/redis: cannot be read");
    return SecretString(time == 1 ? "canary-old" : kPassword);
  };
  RedisClient client(std::move(options));
  const size_t up = client.states().AwaitOne(IsUp);
  const std::vector<absl::Status> states = client.states().items();
  ASSERT_EQ(up, 2u);
  EXPECT_THAT(states[0].ToString(), HasSubstr("/secrets/redis: cannot be read"));
  EXPECT_TRUE(absl::IsPermissionDenied(states[0]));
  EXPECT_TRUE(absl::IsPermissionDenied(states[1]));
  EXPECT_TRUE(client.Run(WriteOf(1)).ok());
}

// What an operator may do to a Redis, what calls say then, and what mends it.
struct Mistake {
  const char* what;
  std::vector<std::string> server;
  std::vector<std::string_view> mistake;
  const char* said;
  bool dropped;
  std::vector<std::string_view> mended;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreNamedAndMendedWithoutARestart) {
  const Mistake& row = GetParam();
  const RedisProcess redis(row.server);
  RedisClient client(PatientOptions(redis.address()));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  ASSERT_TRUE(client.Run(WriteOf(1)).ok());
  redis.Say(row.mistake);
  const absl::Status status = client.Run(WriteOf(2)).status();
  EXPECT_THAT(status.ToString(), HasSubstr(row.said));
  EXPECT_EQ(client.states().items().size() > 1, row.dropped) << status;
  redis.Say(row.mended);
  // At the latest with the connection after next.
  absl::Status again = status;
  for (int i = 0; i < 3 && !again.ok(); ++i) {
    if (row.dropped) client.states().AwaitOne(IsUp, client.states().items().size() - 1);
    again = client.Run(WriteOf(3)).status();
  }
  EXPECT_EQ(again, absl::OkStatus());
}

INSTANTIATE_TEST_SUITE_P(RedisConnection, Mistakes,
                         testing::Values(Mistake{"full",
                                                 {},
                                                 {"CONFIG", "SET", "maxmemory", "1"},
                                                 "raise its maxmemory",
                                                 false,
                                                 {"CONFIG", "SET", "maxmemory", "0"}},
                                         Mistake{"replica",
                                                 {},
                                                 {"REPLICAOF", "127.0.0.1", "1"},
                                                 "read-only replica",
                                                 true,
                                                 {"REPLICAOF", "NO", "ONE"}},
                                         Mistake{"stale replica",
                                                 {"--replica-serve-stale-data", "no"},
                                                 {"REPLICAOF", "127.0.0.1", "1"},
                                                 "replica without its primary",
                                                 true,
                                                 {"REPLICAOF", "NO", "ONE"}},
                                         Mistake{"script forbidden",
                                                 {},
                                                 {"ACL", "SETUSER", "default", "-evalsha"},
                                                 "ACL SETUSER",
                                                 false,
                                                 {"ACL", "SETUSER", "default", "+evalsha"}},
                                         Mistake{"keys forbidden",
                                                 {},
                                                 {"ACL", "SETUSER", "default", "resetkeys"},
                                                 "ACL SETUSER",
                                                 false,
                                                 {"ACL", "SETUSER", "default", "allkeys"}}),
                         [](const testing::TestParamInfo<Mistake>& row) {
                           std::string name = row.param.what;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

TEST(RedisConnection, SaysThatRedisIsBusyWithAScript) {
  const RedisProcess redis({"--busy-reply-threshold", "1"});
  RedisClient client(PatientOptions(redis.address()));
  RedisClient other(PatientOptions(redis.address()));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  ASSERT_EQ(other.Connected(), absl::OkStatus());
  const LuaScript endless("while true do end");
  Heard<RedisClient::Answer> answers;
  other.Begin({.script = &endless}, answers);
  absl::Status status;
  while (status.ok()) status = client.Run(WriteOf(1)).status();
  EXPECT_THAT(status.ToString(), HasSubstr("busy with a script"));
  redis.Say({"SCRIPT", "KILL"});
  EXPECT_FALSE(answers.Await(1)[0].ok());
  EXPECT_TRUE(client.Run(WriteOf(1)).ok());
}

TEST(RedisConnection, SaysThatRedisHasTooManyClients) {
  const RedisProcess redis({"--maxclients", "1"});
  RedisClient first(PatientOptions(redis.address()));
  ASSERT_EQ(first.Connected(), absl::OkStatus());
  RedisClient second(PatientOptions(redis.address()));
  EXPECT_TRUE(absl::IsUnavailable(second.Connected())) << second.Connected();
  EXPECT_THAT(second.Connected().ToString(), HasSubstr("raise its maxclients"));
  first.End();
  second.states().AwaitOne(IsUp);
}

}  // namespace
}  // namespace blooio::gateway
