#include "service/telemetry/call_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "google/rpc/code.pb.h"
#include "tests/unit/telemetry/exposition.h"

namespace blooio::gateway {
namespace {

using blooio::testing::Exposition;
using blooio::testing::ReadExposition;

class CallMetricsTest : public ::testing::Test {
 protected:
  Exposition Read() {
    const Exposition read = ReadExposition(metrics_.Text());
    EXPECT_EQ(read.error, "") << metrics_.Text();
    return read;
  }

  Metrics metrics_;
  CallMetrics calls_{metrics_};
  const MethodMeter& get_ = calls_.Method("blooio.v4.GroupsService/GetGroup");
  const MethodMeter& list_ = calls_.Method("blooio.v4.GroupsService/ListGroups");
  CallerMeter& billing_ = calls_.Caller("billing");
  AccountMeter& main_ = calls_.Account("main");
};

TEST_F(CallMetricsTest, CountEachCallByItsLabels) {
  for (int i = 0; i < 3; ++i) {
    CallMetrics::Begin(get_);
    calls_.Count({.method = &get_, .caller = &billing_, .account = &main_, .total = absl::Milliseconds(4)});
  }
  CallMetrics::Begin(get_);
  calls_.Count({.method = &get_,
                .caller = &billing_,
                .account = &main_,
                .code = google::rpc::NOT_FOUND,
                .reason = v1::ERROR_REASON_UPSTREAM_NOT_FOUND,
                .total = absl::Seconds(2)});
  CallMetrics::Begin(list_);
  calls_.Count({.method = &list_,
                .code = google::rpc::UNAUTHENTICATED,
                .reason = v1::ERROR_REASON_CALLER_UNAUTHENTICATED});
  CallMetrics::Begin(list_);
  const Exposition read = Read();
  EXPECT_EQ(read.Count("blooio_gateway_calls_total"), 3u);
  EXPECT_EQ(read[R"(blooio_gateway_calls_total{account="main",caller="billing",code="OK",)"
                 R"(method="blooio.v4.GroupsService/GetGroup",reason=""})"],
            3);
  EXPECT_EQ(read[R"(blooio_gateway_calls_total{account="main",caller="billing",code="NOT_FOUND",)"
                 R"(method="blooio.v4.GroupsService/GetGroup",reason="UPSTREAM_NOT_FOUND"})"],
            1);
  EXPECT_EQ(read[R"(blooio_gateway_calls_total{account="",caller="",code="UNAUTHENTICATED",)"
                 R"(method="blooio.v4.GroupsService/ListGroups",reason="CALLER_UNAUTHENTICATED"})"],
            1);
  EXPECT_EQ(read[R"(blooio_gateway_calls_in_flight{method="blooio.v4.GroupsService/GetGroup"})"], 0);
  EXPECT_EQ(read[R"(blooio_gateway_calls_in_flight{method="blooio.v4.GroupsService/ListGroups"})"], 1);
  const std::string get = R"({caller="billing",method="blooio.v4.GroupsService/GetGroup"})";
  EXPECT_EQ(read["blooio_gateway_call_seconds_count" + get], 4);
  EXPECT_NEAR(read["blooio_gateway_call_seconds_sum" + get], 2.012, 1e-6);
}

TEST_F(CallMetricsTest, CountEveryAttempt) {
  const std::array attempts = {AttemptKind::k4xx, AttemptKind::k2xx};
  CallMetrics::Begin(get_);
  calls_.Count({.method = &get_, .caller = &billing_, .account = &main_, .api = 1, .attempts = attempts});
  main_.CountAttempt(1, AttemptKind::kNotSent);
  main_.CountAttempt(0, AttemptKind::kLost);
  const Exposition read = Read();
  const std::string name = "blooio_gateway_upstream_attempts_total";
  for (const char* once : {R"(api="v4",result="4xx")", R"(api="v4",result="2xx")",
                           R"(api="v4",result="not_sent")", R"(api="v2",result="lost")"}) {
    EXPECT_EQ(read[name + R"({account="main",)" + once + "}"], 1) << once;
  }
  EXPECT_EQ(read.Sum(name), 4);
  EXPECT_EQ(read.Count(name), kApiNames.size() * kAttemptKindNames.size());
}

TEST_F(CallMetricsTest, KeepTheirSeriesWhenNamesComeAgain) {
  EXPECT_EQ(&calls_.Caller("billing"), &billing_);
  EXPECT_EQ(&calls_.Account("main"), &main_);
  EXPECT_EQ(&calls_.Method("blooio.v4.GroupsService/GetGroup"), &get_);
  for (CallerMeter* caller : {&billing_, &calls_.Caller("support"), &calls_.Caller("billing")}) {
    CallMetrics::Begin(get_);
    calls_.Count({.method = &get_, .caller = caller, .account = &main_});
  }
  EXPECT_EQ(Read().Sum("blooio_gateway_calls_total", R"(caller="billing")"), 2);
  EXPECT_EQ(Read().Sum("blooio_gateway_calls_total", R"(caller="support")"), 1);
}

// Whatever codes and reasons may come: there are not more series than outcomes.
TEST_F(CallMetricsTest, HaveNoMoreSeriesThanTheNamesAllow) {
  for (int round = 0; round < 2; ++round) {
    for (int code = -5; code < 40; ++code) {
      for (int reason = -5; reason < 50; ++reason) {
        CallMetrics::Begin(get_);
        calls_.Count({.method = &get_, .code = code, .reason = static_cast<v1::ErrorReason>(reason)});
      }
    }
  }
  const Exposition read = Read();
  EXPECT_EQ(read.Sum("blooio_gateway_calls_total"), 2 * 45 * 55);
  EXPECT_EQ(read.Count("blooio_gateway_calls_total"), 17u * v1::ErrorReason_ARRAYSIZE);
}

TEST_F(CallMetricsTest, LoseNothingAmongThreads) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 2000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      CallerMeter& own = calls_.Caller("caller" + std::to_string(i % 2));
      for (int n = 0; n < kCalls; ++n) {
        const MethodMeter& method = n % 2 == 0 ? get_ : list_;
        CallMetrics::Begin(method);
        calls_.Count({.method = &method,
                      .caller = &own,
                      .account = &main_,
                      .code = n % 17,
                      .total = absl::Seconds(1)});
        if (n % 500 == 0) metrics_.Text();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Exposition read = Read();
  EXPECT_EQ(read.Sum("blooio_gateway_calls_total"), kThreads * kCalls);
  EXPECT_EQ(read.Sum("blooio_gateway_call_seconds_count"), kThreads * kCalls);
  EXPECT_EQ(read.Sum("blooio_gateway_calls_in_flight"), 0);
  EXPECT_EQ(read.Count("blooio_gateway_calls_total"), 2u * 2 * 17);
}

}  // namespace
}  // namespace blooio::gateway
