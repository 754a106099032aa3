// What operators of a Redis do: users, passwords, mistakes, and mending them.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "service/redis/connection.h"
#include "tests/unit/redis/redis_client.h"
#include "tests/unit/redis/redis_process.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPassword[] = "canary-5f2e91";

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

struct Login {
  const char* what;
  std::vector<std::string> server;
  std::string user;
  std::string password;
  absl::StatusCode code;
};

TEST(RedisOperator, IsLetInByUserAndPassword) {
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

TEST(RedisOperator, ReadsThePasswordAnewEachTime) {
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

INSTANTIATE_TEST_SUITE_P(RedisOperator, Mistakes,
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

TEST(RedisOperator, SaysThatRedisIsBusyWithAScript) {
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

TEST(RedisOperator, SaysThatRedisHasTooManyClients) {
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
