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

constexpr std::array kOnce = {AttemptKind::k2xx};

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
  const std::shared_ptr<CallerMeter> billing_ = calls_.Caller("billing");
  const std::shared_ptr<AccountMeter> main_ = calls_.Account("main");
};

TEST_F(CallMetricsTest, CountEachCallByItsLabels) {
  for (int i = 0; i < 3; ++i) {
    CallMetrics::Begin(get_);
    calls_.Count(
        {.method = &get_, .caller = billing_.get(), .account = main_.get(), .total = absl::Milliseconds(4)});
  }
  CallMetrics::Begin(get_);
  calls_.Count({.method = &get_,
                .caller = billing_.get(),
                .account = main_.get(),
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
  calls_.Count(
      {.method = &get_, .caller = billing_.get(), .account = main_.get(), .api = 1, .attempts = attempts});
  main_->CountAttempt(1, AttemptKind::kNotSent);
  main_->CountAttempt(0, AttemptKind::kLost);
  const Exposition read = Read();
  const std::string name = "blooio_gateway_upstream_attempts_total";
  for (const char* once : {R"(api="v4",result="4xx")", R"(api="v4",result="2xx")",
                           R"(api="v4",result="not_sent")", R"(api="v2",result="lost")"}) {
    EXPECT_EQ(read[name + R"({account="main",)" + once + "}"], 1) << once;
  }
  EXPECT_EQ(read.Sum(name), 4);
  EXPECT_EQ(read.Count(name), 4u);
}

TEST_F(CallMetricsTest, GoOnWhereTheyWereWithAnotherHandle) {
  EXPECT_EQ(&calls_.Method("blooio.v4.GroupsService/GetGroup"), &get_);
  for (const char* name : {"billing", "support", "billing"}) {
    const auto caller = calls_.Caller(name);
    const auto account = calls_.Account("main");
    CallMetrics::Begin(get_);
    calls_.Count({.method = &get_, .caller = caller.get(), .account = account.get(), .attempts = kOnce});
  }
  const Exposition read = Read();
  EXPECT_EQ(read.Sum("blooio_gateway_calls_total", R"(caller="billing")"), 2);
  EXPECT_EQ(read.Sum("blooio_gateway_calls_total", R"(caller="support")"), 1);
  EXPECT_EQ(read.Sum("blooio_gateway_call_seconds_count", R"(caller="billing")"), 2);
  EXPECT_EQ(read.Sum("blooio_gateway_upstream_attempts_total", R"(account="main")"), 3);
}

TEST_F(CallMetricsTest, HaveNothingOfNamesThatNeverCalled) {
  const size_t lines = Read().samples.size();
  const auto caller = calls_.Caller("support");
  const auto account = calls_.Account("other");
  EXPECT_EQ(Read().samples.size(), lines);
}

// What a configuration brings goes with it, but for what another one has, too.
TEST_F(CallMetricsTest, ForgetNamesThatNobodyHoldsAnyMore) {
  const auto call = [&](CallerMeter* caller, AccountMeter* account) {
    CallMetrics::Begin(get_);
    calls_.Count({.method = &get_, .caller = caller, .account = account, .attempts = kOnce});
  };
  call(billing_.get(), main_.get());
  const size_t lines = Read().samples.size();
  for (int generation = 0; generation < 50; ++generation) {
    const std::string suffix = std::to_string(generation);
    auto billing = calls_.Caller("billing");
    auto caller = calls_.Caller("caller" + suffix);
    auto main = calls_.Account("main");
    auto account = calls_.Account("account" + suffix);
    call(billing.get(), main.get());
    call(billing.get(), account.get());
    call(caller.get(), main.get());
    call(caller.get(), account.get());
    EXPECT_TRUE(calls_.ForgetUnused().empty());
    EXPECT_GT(Read().samples.size(), lines);
    billing.reset();
    main.reset();
    account.reset();
    // A call that runs may hold the last of them.
    EXPECT_TRUE(calls_.ForgetUnused().empty());
    call(caller.get(), nullptr);
    EXPECT_EQ(Read().Sum("blooio_gateway_calls_total", "caller=\"caller" + suffix), 3);
    caller.reset();
    EXPECT_THAT(calls_.ForgetUnused(), ::testing::ElementsAre("caller" + suffix));
    EXPECT_EQ(Read().samples.size(), lines) << metrics_.Text();
  }
  EXPECT_EQ(Read().Sum("blooio_gateway_calls_total", R"(caller="billing")"), 51);
  EXPECT_EQ(Read().Sum("blooio_gateway_upstream_attempts_total", R"(account="main")"), 101);
}

TEST_F(CallMetricsTest, BeginAnewWithANameThatComesBack) {
  const auto call = [&](const std::shared_ptr<CallerMeter>& caller) {
    CallMetrics::Begin(get_);
    calls_.Count({.method = &get_, .caller = caller.get(), .account = main_.get()});
  };
  call(calls_.Caller("support"));
  call(calls_.Caller("support"));
  EXPECT_EQ(Read().Sum("blooio_gateway_calls_total", R"(caller="support")"), 2);
  calls_.ForgetUnused();
  call(calls_.Caller("support"));
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
  const std::array held = {calls_.Caller("caller0"), calls_.Caller("caller1")};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const auto own = calls_.Caller("caller" + std::to_string(i % 2));
      for (int n = 0; n < kCalls; ++n) {
        const MethodMeter& method = n % 2 == 0 ? get_ : list_;
        CallMetrics::Begin(method);
        calls_.Count({.method = &method,
                      .caller = own.get(),
                      .account = main_.get(),
                      .code = n % 17,
                      .total = absl::Seconds(1)});
        if (n % 500 == 0) metrics_.Text();
        if (n % 500 == 1) calls_.ForgetUnused();
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
