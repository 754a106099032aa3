// The lease script on a real Redis, at times that the test says.
#pragma once

#include <gmock/gmock.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "service/redis/lease_script.h"
#include "tests/unit/redis/redis_client.h"
#include "tests/unit/redis/redis_process.h"

namespace blooio::gateway {

// Times are microseconds, as in all of this.
struct TestLimit {
  int64_t tokens;
  int64_t period;
  int64_t burst;

  double rate() const { return static_cast<double>(tokens) / static_cast<double>(period); }
};

class LeaseFixture : public testing::Test {
 protected:
  static constexpr int64_t kMillisecond = 1000;
  static constexpr int64_t kSecond = 1000 * kMillisecond;
  static constexpr int64_t kHour = 3600 * kSecond;
  static constexpr int64_t kStart = 1'800'000'000 * kSecond;
  static constexpr int64_t kNanoseconds = 1000;
  static constexpr TestLimit kHundred = {100, kSecond, 200};

  static void SetUpTestSuite() {
    redis_ = new RedisProcess;
    client_ = new RedisClient(PatientOptions(redis_->unix_address()));
    ASSERT_EQ(client_->Connected(), absl::OkStatus());
  }
  static void TearDownTestSuite() {
    delete client_;
    delete redis_;
  }
  void SetUp() override { redis_->Say({"FLUSHALL"}); }

  static LeaseRequest Request(const TestLimit& limit, int64_t tokens, const std::string& key = "k") {
    return {.key = key,
            .tokens_per_period = limit.tokens,
            .period_ns = limit.period * kNanoseconds,
            .burst = limit.burst,
            .tokens = tokens};
  }
  std::vector<LeaseAnswer> AskAll(const std::vector<LeaseRequest>& requests, std::optional<int64_t> now) {
    const absl::StatusOr<RedisReply> reply = client_->Run(LeaseCall("t:", requests, now));
    if (!reply.ok()) throw std::runtime_error(reply.status().ToString());
    return LeaseAnswers(*reply);
  }
  LeaseAnswer Ask(const TestLimit& limit, int64_t tokens, int64_t now) {
    return AskAll({Request(limit, tokens)}, now)[0];
  }
  LeaseAnswer Throttle(const TestLimit& limit, int64_t age_ms, int64_t retry_after_ms, int64_t now) {
    LeaseRequest request = Request(limit, 0);
    request.throttle = {age_ms, retry_after_ms};
    return AskAll({request}, now)[0];
  }
  // Whole tokens that are there, which stay.
  int64_t Stock(const TestLimit& limit, int64_t now) {
    const int64_t taken = Ask(limit, 1'000'000'000, now).tokens;
    Ask(limit, -taken, now);
    return taken;
  }

  static inline RedisProcess* redis_ = nullptr;
  static inline RedisClient* client_ = nullptr;
};

}  // namespace blooio::gateway
