// A sandbox, and a gateway whose callers and limits a test says.
//
//   callers_ = {{"alpha", "max_in_flight: 2"}, {"beta"}};
//   options_.account = "rate_limit: { requests_per_second: 10, burst: 5 }";
//   Start();
//   EXPECT_EQ(Call("alpha").Reason(), "");
#pragma once

#include <gtest/gtest.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/observed.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {

class LimitsWorld : public ::testing::Test {
 protected:
  static constexpr absl::Duration kPatience = absl::Seconds(30);

  // A caller that may do everything, with further settings.
  struct LimitedCaller {
    std::string name;
    std::string settings = "";
    CallerToken token = {};
  };

  LimitsWorld() {
    options_.anonymous = false;
    options_.upstream = sandbox_.address();
    options_.key = sandbox_.key();
  }

  void Start() {
    gateway_ = std::make_unique<GatewayServer>(WithCallers());
    caller_ = std::make_unique<Caller>(gateway_->address());
  }
  // What options_ and callers_ say by now holds when this returns.
  void Reload() {
    const double before = Metric(kReloads);
    gateway_->Replace("gateway.yaml", ConfigText(WithCallers(), "key"));
    Await(kReloads, before + 1);
  }

  const CallerToken& Token(const std::string& name) const {
    for (const LimitedCaller& caller : callers_) {
      if (caller.name == name) return caller.token;
    }
    throw std::runtime_error("no caller " + name);
  }
  CallOptions As(const std::string& name, absl::Duration deadline = kPatience) const {
    return {.deadline = deadline, .metadata = {Token(name).metadata()}};
  }
  Result Call(const std::string& name, absl::Duration deadline = kPatience) const {
    v4::ListGroupsResponse reply;
    return caller_->Call(request_, &reply, As(name, deadline));
  }
  // One that goes on meanwhile; the destructor of what it returns cancels it.
  std::unique_ptr<Caller::Pending> Begin(const std::string& name, absl::Duration deadline = kPatience) {
    return caller_->Start(request_, &replies_.emplace_back(), As(name, deadline));
  }
  // One that Blooio does not answer until it is cancelled.
  std::unique_ptr<Caller::Pending> Hang(const std::string& name) {
    sandbox_.Break({{"hang", true}});
    const size_t before = sandbox_.Requests().size();
    auto pending = Begin(name);
    EXPECT_TRUE(sandbox_.AwaitRequests(before + 1));
    return pending;
  }

  double Metric(const std::string& sample) const { return Scrape(*gateway_)[sample]; }
  void Await(const std::string& sample, double value) const {
    const absl::Time until = absl::Now() + kPatience;
    while (Metric(sample) != value && absl::Now() < until) {
    }
    ASSERT_EQ(Metric(sample), value) << sample << "\n" << gateway_->process().err();
  }

  // What it was told to wait, in milliseconds.
  static int64_t Pushback(const Result& result) {
    int64_t milliseconds = -1;
    EXPECT_TRUE(absl::SimpleAtoi(result.Trailer("grpc-retry-pushback-ms"), &milliseconds)) << result;
    return milliseconds;
  }

  static constexpr char kReloads[] = R"(blooio_gateway_config_reloads_total{result="good"})";
  static constexpr char kWaiting[] = R"(blooio_gateway_account_waiting{account="main"})";
  static constexpr char kInFlight[] = R"(blooio_gateway_account_in_flight{account="main"})";

  SandboxServer sandbox_;
  GatewayOptions options_;
  std::vector<LimitedCaller> callers_ = {{"alpha"}};
  std::unique_ptr<GatewayServer> gateway_;
  std::unique_ptr<Caller> caller_;

 private:
  GatewayOptions WithCallers() const {
    GatewayOptions options = options_;
    absl::StrAppend(&options.sections, "http: { listen: '127.0.0.1:0' }\ncallers:\n");
    for (const LimitedCaller& caller : callers_) {
      absl::StrAppend(&options.sections, "  - { name: ", caller.name, ", token_sha256: [",
                      caller.token.digest, "], accounts: [main], methods: ['*']",
                      caller.settings.empty() ? "" : ", ", caller.settings, " }\n");
    }
    return options;
  }

  const v4::ListGroupsRequest request_;
  std::list<v4::ListGroupsResponse> replies_;
};

}  // namespace blooio::integration
