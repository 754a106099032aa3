// A connection to what is no Redis, or to one that sends anything at any time.
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/redis/redis_client.h"
#include "tests/unit/upstream/raw_server.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

bool IsUp(const absl::Status& state) { return state.ok(); }

RedisOptions OptionsFor(const RawServer& server) {
  return PatientOptions({.host = "127.0.0.1", .port = static_cast<uint16_t>(server.port())});
}

const LuaScript& Script() {
  static const LuaScript script("return 1");
  return script;
}
ScriptCall Call() {
  return {.script = &Script(),
          .expected = [](const RedisReply& reply) { return reply.integer() != nullptr; }};
}

// Greets each connection and answers its first call so, then waits for its end.
RawServer::Script Answering(std::vector<std::string> answers) {
  return [answers = std::move(answers)](RawServer& server) {
    for (size_t i = 0;; i = std::min(i + 1, answers.size() - 1)) {
      RawConnection connection = server.Accept();
      if (!connection.valid()) return;
      connection.ReadSome();
      connection.Write("+PONG\r\n");
      if (connection.ReadSome().empty()) continue;
      connection.Write(answers[i]);
      connection.AwaitClose();
    }
  };
}

struct Row {
  const char* what;
  std::string bytes;
  absl::StatusCode code;
  const char* said;
};

TEST(HostileRedis, FailsCallsThatItAnswersWithNonsense) {
  constexpr auto kNonsense = absl::StatusCode::kDataLoss;
  const std::vector<Row> rows = {
      {"garbage", "\x15\x03\x01 garbage\r\n", kNonsense, "talks nonsense"},
      {"another shape", "+OK\r\n", kNonsense, "something else than was asked"},
      {"nothing", "$-1\r\n", kNonsense, "something else than was asked"},
      {"an endless array", "*2147483647\r\n", kNonsense, "talks nonsense"},
      {"a huge text", Cat("$500000000\r\n", std::string(2 << 20, 'x')), kNonsense, "longer than"},
      {"a huge line", Cat("+", std::string(2 << 20, 'x')), kNonsense, "longer than"},
      {"unknown twice", "-NOSCRIPT No matching script.\r\n-NOSCRIPT No matching script.\r\n",
       absl::StatusCode::kInternal, "NOSCRIPT"},
      {"a failover", "-READONLY You can't write against a read only replica.\r\n",
       absl::StatusCode::kInternal, "lead to the primary"},
      {"a start", "-LOADING Redis is loading the dataset in memory\r\n", absl::StatusCode::kInternal,
       "loading"},
  };
  for (const Row& row : rows) {
    RawServer server(Answering({row.bytes, ":1\r\n"}));
    RedisClient client(OptionsFor(server));
    ASSERT_EQ(client.Connected(), absl::OkStatus());
    const absl::Status status = client.Run(Call()).status();
    EXPECT_EQ(status.code(), row.code) << row.what << ": " << status;
    EXPECT_THAT(status.ToString(), HasSubstr(row.said)) << row.what;
    if (client.states().items().size() == 1) continue;  // Still connected.
    client.states().AwaitOne(IsUp, 1);
    EXPECT_TRUE(client.Run(Call()).ok()) << row.what;
  }
}

TEST(HostileRedis, IsNotLetGreetAnyhow) {
  const std::vector<Row> rows = {
      {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", absl::StatusCode::kDataLoss, "without TLS?"},
      {"a number", ":1\r\n", absl::StatusCode::kDataLoss, "does not greet"},
      {"another word", "+HELLO\r\n", absl::StatusCode::kDataLoss, "does not greet"},
      {"a repeated password", "-ERR unknown command 'AUTH', with args beginning with: 'canary-5f2e91'\r\n",
       absl::StatusCode::kPermissionDenied, "does not let us in"},
      {"protected mode", "-DENIED Redis is running in protected mode\r\n",
       absl::StatusCode::kPermissionDenied, "protected mode"},
      {"loading", "-LOADING Redis is loading the dataset in memory\r\n", absl::StatusCode::kInternal,
       "loading"},
      {"goodbye", "", absl::StatusCode::kUnavailable, "was closed"},
  };
  for (const Row& row : rows) {
    RawServer server([&row](RawServer& raw) {
      for (;;) {
        RawConnection connection = raw.Accept();
        if (!connection.valid()) return;
        connection.ReadSome();
        connection.Write(row.bytes);
      }
    });
    RedisOptions options = OptionsFor(server);
    options.password = [] { return SecretString("canary-5f2e91"); };
    RedisClient client(std::move(options));
    EXPECT_EQ(client.Connected().code(), row.code) << row.what << ": " << client.Connected();
    EXPECT_THAT(client.Connected().ToString(), HasSubstr(row.said)) << row.what;
    EXPECT_THAT(client.Connected().ToString(), Not(HasSubstr("canary"))) << row.what;
  }
}

TEST(HostileRedis, MayNotSpeakUnasked) {
  RawServer server([](RawServer& raw) {
    RawConnection connection = raw.Accept();
    connection.ReadSome();
    connection.Write("+PONG\r\n+OK\r\n:1\r\n");
    connection.AwaitClose();
  });
  RedisClient client(OptionsFor(server));
  EXPECT_EQ(client.Connected(), absl::OkStatus());
  EXPECT_THAT(client.states().Await(2)[1].ToString(), HasSubstr("nobody has asked for"));
}

TEST(HostileRedis, MayAnswerByteByByte) {
  RawServer server([](RawServer& raw) {
    RawConnection connection = raw.Accept();
    connection.ReadSome();
    for (const char c : std::string_view("+PONG\r\n")) connection.Write({&c, 1});
    while (!connection.ReadSome().empty()) {
      for (const char c : std::string_view(":12345\r\n")) connection.Write({&c, 1});
    }
  });
  RedisClient client(OptionsFor(server));
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(client.Connected(), absl::OkStatus());
    const absl::StatusOr<RedisReply> reply = client.Run(Call());
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(*reply->integer(), 12345);
  }
}

TEST(HostileRedis, EndsAllCallsWhenItHangsUpOrStopsHalfWay) {
  enum class Ending { kClose, kReset, kSilence };
  struct Case {
    Ending ending;
    absl::StatusCode code;
  };
  const std::vector<Case> cases = {{Ending::kClose, absl::StatusCode::kUnavailable},
                                   {Ending::kReset, absl::StatusCode::kUnavailable},
                                   {Ending::kSilence, absl::StatusCode::kDeadlineExceeded}};
  for (const Case& row : cases) {
    RawServer server([&row](RawServer& raw) {
      for (;;) {
        RawConnection connection = raw.Accept();
        if (!connection.valid()) return;
        connection.ReadSome();
        connection.Write("+PONG\r\n");
        if (connection.ReadSome().empty()) continue;
        connection.Write("*2\r\n:1\r\n$10\r\nhal");
        if (row.ending == Ending::kReset) connection.Reset();
        if (row.ending == Ending::kSilence) connection.AwaitClose();
      }
    });
    RedisOptions options = OptionsFor(server);
    if (row.ending == Ending::kSilence) options.answer_within = absl::Milliseconds(30);
    RedisClient client(std::move(options));
    ASSERT_EQ(client.Connected(), absl::OkStatus());
    Heard<RedisClient::Answer> answers;
    client.Do([&](RedisConnection& connection) {
      for (int i = 0; i < 5; ++i) {
        connection.Run(Call(), [&answers](RedisClient::Answer answer) { answers.Add(std::move(answer)); });
      }
    });
    for (const auto& answer : answers.Await(5))
      EXPECT_EQ(answer.status().code(), row.code) << answer.status();
    client.states().AwaitOne(IsUp, 1);
  }
}

TEST(HostileRedis, MayBeAskedAgainByACallThatFails) {
  RawServer server(Answering({"!\r\n", ":1\r\n"}));
  RedisClient client(OptionsFor(server));
  ASSERT_EQ(client.Connected(), absl::OkStatus());
  Heard<absl::Status> ends;
  client.Do([&](RedisConnection& connection) {
    connection.Run(Call(), [&](const RedisClient::Answer& answer) {
      ends.Add(answer.status());
      // While the connection is being taken down.
      connection.Run(Call(), [&ends](const RedisClient::Answer& again) { ends.Add(again.status()); });
    });
  });
  EXPECT_EQ(ends.Await(2)[0], ends.Await(2)[1]);
}

TEST(HostileRedis, IsTriedEverLessOftenIfItWorksForAMomentOnly) {
  RawServer server([](RawServer& raw) {
    for (;;) {
      RawConnection connection = raw.Accept();
      if (!connection.valid()) return;
      connection.ReadSome();
      connection.Write("+PONG\r\n");
      connection.ReadSome();
      connection.Write(":1\r\n");
    }
  });
  RedisOptions options = OptionsFor(server);
  options.retry = {
      .first = absl::Milliseconds(1), .most = absl::Seconds(10), .proof = absl::InfiniteDuration()};
  const absl::Time began = absl::Now();
  RedisClient client(std::move(options));
  size_t state = 0;
  for (int time = 0; time < 8; ++time) {
    state = client.states().AwaitOne(IsUp, state);
    EXPECT_TRUE(client.Run(Call()).ok());
    state = client.states().AwaitOne(absl::IsUnavailable, state);
  }
  // 1 + 2 + 4 + …
  EXPECT_GE(absl::Now() - began, absl::Milliseconds(127));
}

size_t OpenFiles() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST(HostileRedis, LeavesNoFilesBehind) {
  RawServer server([](RawServer& raw) {
    for (int i = 0;; ++i) {
      RawConnection connection = raw.Accept();
      if (!connection.valid()) return;
      if (i % 2 == 0) connection.ReadSome();
      if (i % 4 == 0) connection.Write("+PONG\r\n");
    }
  });
  RedisClient client(OptionsFor(server));
  client.states().Await(10);
  const size_t before = OpenFiles();
  client.states().Await(10 + 200);
  // At any time one of ours and one of the server's may be open or not.
  EXPECT_LE(OpenFiles(), before + 2);
}

}  // namespace
}  // namespace blooio::gateway
