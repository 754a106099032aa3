// Limits as callers meet them: which calls are refused, and what they are told.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "tests/integration/harness/connections.h"
#include "tests/integration/limits_world.h"

namespace blooio::integration {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kList[] = "blooio.v4.GroupsService/ListGroups";

// A limit that two calls use up, and what the third is told.
struct Row {
  const char* name;
  const char* account;
  const char* caller;
  const char* sections;
  // Whether the two are still under way then.
  bool under_way;
  const char* reason;
  const char* limit;
  const char* shortage;
  const char* subject;
  const char* description;
  // About so long, and up to a fifth more where nothing was promised.
  int64_t pushback_ms;
};

constexpr Row kRows[] = {
    {"AccountRate", "rate_limit: { requests_per_second: 0.1, burst: 2 }, max_wait: 0s", "", "", false,
     "ACCOUNT_RATE_LIMITED", "account", "rate", "account:main", "1 in 10 s, burst 2: 0 left", 10'000},
    {"AccountInFlight", "max_in_flight: 2, max_wait: 0s", "", "", true, "ACCOUNT_RATE_LIMITED", "account",
     "in_flight", "account:main", "2 of 2 calls under way", 50},
    {"CallerRate", "", "rate_limit: { requests: 6, per: 60s, burst: 2 }", "", false, "CALLER_RATE_LIMITED",
     "caller", "rate", "caller:alpha", "1 in 10 s, burst 2: 0 left", 10'000},
    {"CallerInFlight", "max_wait: 1s", "max_in_flight: 2", "", true, "CALLER_RATE_LIMITED", "caller",
     "in_flight", "caller:alpha", "2 of 2 calls under way", 1'000},
    {"MethodRate", "",
     "method_limits: [{ method: blooio.v4.GroupsService/ListGroups, "
     "rate_limit: { requests_per_second: 0.1, burst: 6 } }]",
     "method_costs: [{ method: blooio.v4.GroupsService/ListGroups, cost: 3 }]\n", false,
     "CALLER_RATE_LIMITED", "method", "rate", "method:blooio.v4.GroupsService/ListGroups",
     "1 in 10 s, burst 6: 0 left", 30'000},
};

class RefusalTest : public LimitsWorld, public ::testing::WithParamInterface<Row> {};

TEST_P(RefusalTest, NamesTheLimitItsNumbersAndTheTime) {
  const Row& row = GetParam();
  options_.account = row.account;
  options_.sections = row.sections;
  callers_ = {{"alpha", row.caller}, {"beta"}};
  Start();
  std::unique_ptr<Caller::Pending> first, second;
  const absl::Time began = absl::Now();
  if (row.under_way) {
    first = Hang("alpha");
    second = Hang("alpha");
  } else {
    EXPECT_EQ(Call("alpha").code, google::rpc::OK);
    EXPECT_EQ(Call("alpha").code, google::rpc::OK);
  }
  const Result refused = Call("alpha");
  const int64_t since = absl::ToInt64Milliseconds(absl::Now() - began) + 1;
  EXPECT_EQ(refused.code, google::rpc::RESOURCE_EXHAUSTED) << refused;
  EXPECT_EQ(refused.Reason(), row.reason) << refused;
  EXPECT_EQ(refused.Fact("account"), "main");
  EXPECT_EQ(refused.Trailer("blooio-attempts"), "");
  EXPECT_THAT(sandbox_.Requests(), SizeIs(2)) << "nothing was sent";

  const auto quota = refused.Only<google::rpc::QuotaFailure>();
  ASSERT_TRUE(quota && quota->violations_size() == 1) << refused;
  EXPECT_EQ(quota->violations(0).subject(), row.subject);
  EXPECT_EQ(quota->violations(0).description(), row.description);
  const auto retry = refused.Only<google::rpc::RetryInfo>();
  ASSERT_TRUE(retry.has_value()) << refused;
  const int64_t pushback = Pushback(refused);
  EXPECT_EQ(retry->retry_delay().seconds() * 1000 + retry->retry_delay().nanos() / 1'000'000, pushback);
  EXPECT_GE(pushback, std::max<int64_t>(row.pushback_ms - since, 50));
  EXPECT_LE(pushback, row.pushback_ms + row.pushback_ms / 5);

  const bool of_account = row.limit == std::string("account");
  EXPECT_EQ(Call("beta").Reason(), of_account ? row.reason : "") << "the limit is not the other caller's";
  const std::string labels = absl::StrCat("{limit=\"", row.limit, "\",shortage=\"", row.shortage, "\"}");
  EXPECT_EQ(Metric("blooio_gateway_limit_refusals_total" + labels), of_account ? 2 : 1);
  first.reset();
  second.reset();
  EXPECT_EQ(gateway_->Stop(), 0);
  const std::vector<Json> lines = CallLines(*gateway_);
  const auto refusal = std::find_if(lines.begin(), lines.end(), [](const Json& one) {
    return one["caller"] == "alpha" && one.contains("limit");
  });
  ASSERT_NE(refusal, lines.end());
  const Json& line = *refusal;
  EXPECT_EQ(line["reason"], row.reason) << line;
  EXPECT_EQ(line["limit"], row.limit) << line;
  EXPECT_EQ(line["shortage"], row.shortage) << line;
  EXPECT_EQ(line["attempts"], 0) << line;
}

INSTANTIATE_TEST_SUITE_P(Limits, RefusalTest, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

class ShadowLimitsTest : public LimitsWorld {};

TEST_F(ShadowLimitsTest, ServeWhatTheyWouldRefuseAndTell) {
  const std::string limit = "rate_limit: { requests_per_second: 0.1, burst: 1, shadow: true }";
  options_.account = limit + ", max_wait: 0s";
  callers_ = {{"alpha", absl::StrCat(limit, ", method_limits: [{ method: ", kList, ", ", limit, " }]")}};
  Start();
  constexpr int kCalls = 5;
  for (int i = 0; i < kCalls; ++i) {
    const Result result = Call("alpha");
    EXPECT_EQ(result.code, google::rpc::OK) << result;
  }
  EXPECT_THAT(sandbox_.Requests(), SizeIs(kCalls));
  const auto metrics = Scrape(*gateway_);
  for (const char* of : {"account", "caller", "method"}) {
    EXPECT_EQ(metrics[absl::StrCat(R"(blooio_gateway_limit_shadow_refusals_total{caller="alpha",limit=")", of,
                                   R"("})")],
              kCalls - 1)
        << of;
  }
  EXPECT_EQ(metrics.Sum("blooio_gateway_limit_refusals_total"), 0);
  EXPECT_EQ(gateway_->Stop(), 0);
  const std::vector<Json> lines = CallLines(*gateway_);
  ASSERT_THAT(lines, SizeIs(kCalls));
  EXPECT_FALSE(lines[0].contains("shadow_limit")) << lines[0];
  EXPECT_TRUE(lines[1].contains("shadow_limit")) << lines[1];
}

class ReloadLimitsTest : public LimitsWorld {};

TEST_F(ReloadLimitsTest, WhatWasSpentStaysSpent) {
  callers_ = {{"alpha", "rate_limit: { requests_per_second: 0.1, burst: 2 }"}};
  Start();
  EXPECT_EQ(Call("alpha").code, google::rpc::OK);
  EXPECT_EQ(Call("alpha").code, google::rpc::OK);
  const std::set<uint64_t> connections = ConnectionsTo(gateway_->address());

  callers_.insert(callers_.begin(), LimitedCaller{"aardvark"});
  callers_[1].settings += ", weight: 3";
  Reload();
  EXPECT_EQ(Call("alpha").Reason(), "CALLER_RATE_LIMITED");
  EXPECT_EQ(Call("aardvark").code, google::rpc::OK);
  callers_[1].settings = "";
  Reload();
  EXPECT_EQ(Call("alpha").code, google::rpc::OK) << "the limit is gone";
  EXPECT_EQ(ConnectionsTo(gateway_->address()), connections);
  EXPECT_THAT(connections, ::testing::Not(IsEmpty()));
}

TEST_F(ReloadLimitsTest, WhoWaitsGoesOnWaiting) {
  options_.account = "max_in_flight: 1, max_wait: 20s";
  Start();
  const auto under_way = Hang("alpha");
  const auto waiting = Begin("alpha");
  Await(kWaiting, 1);
  callers_[0].settings = "weight: 3";
  Reload();
  EXPECT_EQ(Metric(kWaiting), 1);
  EXPECT_EQ(Metric(kInFlight), 1) << "and what is under way counts";
  EXPECT_THAT(sandbox_.Requests(), SizeIs(1));
  // More room takes effect at once.
  options_.account = "max_in_flight: 2, max_wait: 20s";
  Reload();
  EXPECT_EQ(waiting->Wait().code, google::rpc::OK) << waiting->Wait();
}

}  // namespace
}  // namespace blooio::integration
