#include "service/redis/shared_buckets.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "service/base/text.h"
#include "tests/unit/redis/redis_process.h"
#include "tests/unit/redis/watched_client.h"
#include "tests/unit/upstream/raw_server.h"

namespace blooio::gateway {
namespace {

using Answers = absl::StatusOr<std::vector<LeaseAnswer>>;
constexpr char kPrefix[] = "blooio:";

// A token a day: what a test takes has been there from the start.
LeaseRequest Request(std::string key, int64_t burst, int64_t tokens) {
  return {.key = std::move(key),
          .tokens_per_period = 1,
          .period_ns = 86'400'000'000'000,
          .burst = burst,
          .tokens = tokens};
}

// A gateway's part in it.
class Gateway {
 public:
  explicit Gateway(RedisOptions options) : redis_(std::move(options), SharedBuckets::Probe(kPrefix)) {}

  WatchedClient& redis() { return redis_; }
  void Begin(const std::vector<LeaseRequest>& requests, Heard<Answers>& answers) {
    redis_.Do([&](WatchedRedis& redis) {
      SharedBuckets(redis, kPrefix).Ask(requests, [&answers](Answers answer) {
        answers.Add(std::move(answer));
      });
    });
  }
  Answers Ask(const std::vector<LeaseRequest>& requests) {
    Heard<Answers> answers;
    Begin(requests, answers);
    return answers.Await(1)[0];
  }

 private:
  WatchedClient redis_;
};

TEST(SharedBuckets, LeaseOneBucketToAllGateways) {
  const RedisProcess redis;
  std::vector<std::unique_ptr<Gateway>> gateways;
  for (int i = 0; i < 4; ++i) gateways.push_back(std::make_unique<Gateway>(PatientOptions(redis.address())));
  for (auto& gateway : gateways) ASSERT_TRUE(gateway->redis().Available());
  Heard<Answers> answers;
  constexpr int kRounds = 100;
  for (int i = 0; i < kRounds; ++i) {
    for (auto& gateway : gateways) gateway->Begin({Request("account:main", 1000, 7)}, answers);
  }
  int64_t granted = 0;
  for (const Answers& answer : answers.Await(4 * kRounds)) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    granted += (*answer)[0].tokens;
  }
  EXPECT_EQ(granted, 1000);
  // Given back by one, they are there for another.
  ASSERT_TRUE(gateways[0]->Ask({Request("account:main", 1000, -100)}).ok());
  EXPECT_EQ((*gateways[1]->Ask({Request("account:main", 1000, 1000)}))[0].tokens, 100);
  EXPECT_EQ(*redis.Say({"EXISTS", "blooio:{limits}:account:main"}).integer(), 1);
}

TEST(SharedBuckets, AskForSoManyAtATime) {
  const RedisProcess redis;
  Gateway gateway(PatientOptions(redis.address()));
  ASSERT_TRUE(gateway.redis().Available());
  std::vector<LeaseRequest> requests;
  EXPECT_EQ(gateway.Ask(requests)->size(), 0u);
  for (size_t i = 0; i < SharedBuckets::kMostRequests; ++i) {
    requests.push_back(Request(Cat("caller:", i), static_cast<int64_t>(i) + 1, 1000));
  }
  const Answers answers = gateway.Ask(requests);
  ASSERT_TRUE(answers.ok()) << answers.status();
  for (size_t i = 0; i < requests.size(); ++i) EXPECT_EQ((*answers)[i].tokens, requests[i].burst);
  requests.push_back(Request("caller:64", 1, 1));
  EXPECT_TRUE(absl::IsInvalidArgument(gateway.Ask(requests).status()));
  // Which is no fault of Redis's.
  EXPECT_EQ(gateway.redis().changes().items().size(), 1u);
}

TEST(SharedBuckets, TellAll429sToAllGateways) {
  const RedisProcess redis;
  Gateway one(PatientOptions(redis.address()));
  Gateway other(PatientOptions(redis.address()));
  ASSERT_TRUE(one.redis().Available() && other.redis().Available());
  LeaseRequest told = Request("account:main", 10, 5);
  told.throttle = {.attempt_age_ms = 50, .retry_after_ms = 60'000};
  EXPECT_EQ((*one.Ask({told}))[0].tokens, 0);
  const Answers answers = other.Ask({Request("account:main", 10, 5)});
  EXPECT_EQ((*answers)[0].tokens, 0);
  EXPECT_EQ((*answers)[0].share, 700);
  EXPECT_GT((*answers)[0].next_free_ms, 50'000);
}

TEST(SharedBuckets, BelieveNoAnswerOfAnotherShape) {
  const std::vector<std::string> rows = {
      ":1\r\n",
      "$-1\r\n",
      "*0\r\n",
      "*2\r\n:1\r\n:0\r\n",
      "*4\r\n:1\r\n:0\r\n:1000\r\n:1\r\n",
      "*3\r\n:1\r\n:0\r\n$4\r\n1000\r\n",
      "*3\r\n:6\r\n:0\r\n:1000\r\n",
      "*3\r\n:-1\r\n:0\r\n:1000\r\n",
      "*3\r\n:1\r\n:-1\r\n:1000\r\n",
      "*3\r\n:1\r\n:2592000001\r\n:1000\r\n",
      "*3\r\n:1\r\n:9223372036854775807\r\n:1000\r\n",
      "*3\r\n:1\r\n:0\r\n:1001\r\n",
      "*3\r\n:1\r\n:0\r\n:49\r\n",
  };
  for (const std::string& row : rows) {
    RawServer server([&row](RawServer& raw) {
      RawConnection connection = raw.Accept();
      for (const std::string_view answer :
           {std::string_view("+PONG\r\n"), std::string_view("*3\r\n:1\r\n:0\r\n:1000\r\n"),
            std::string_view(row)}) {
        connection.ReadSome();
        connection.Write(answer);
      }
      connection.AwaitClose();
    });
    Gateway gateway(PatientOptions({.host = "127.0.0.1", .port = static_cast<uint16_t>(server.port())}));
    ASSERT_TRUE(gateway.redis().Available());
    const Answers answers = gateway.Ask({Request("account:main", 10, 5)});
    ASSERT_TRUE(absl::IsDataLoss(answers.status())) << row << answers.status();
    EXPECT_EQ(gateway.redis().changes().Await(2)[1].word, "nonsense") << row;
  }
}

}  // namespace
}  // namespace blooio::gateway
