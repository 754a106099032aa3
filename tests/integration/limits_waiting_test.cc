// Calls that wait for an account: their turn, their end, and the gateway's.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/integration/limits_world.h"

namespace blooio::integration {
namespace {

using ::testing::SizeIs;

class WaitingTest : public LimitsWorld {};

TEST_F(WaitingTest, ACallWaitsForItsTurnAndIsServed) {
  options_.account = "rate_limit: { requests_per_second: 1, burst: 1 }, max_wait: 20s";
  Start();
  const absl::Time began = absl::Now();
  const Result first = Call("alpha");
  const Result second = Call("alpha");
  EXPECT_EQ(first.code, google::rpc::OK) << first;
  EXPECT_EQ(second.code, google::rpc::OK) << second;
  EXPECT_GE(absl::Now() - began, absl::Seconds(1)) << "a second apart";
  EXPECT_LT(second.took, absl::Seconds(10));
  EXPECT_EQ(gateway_->Stop(), 0);
  const Json line = CallLines(*gateway_).at(1);
  EXPECT_GT(line["queue_ms"], 0) << line;
  EXPECT_FALSE(line.contains("limit")) << line;
}

TEST_F(WaitingTest, AFullQueueRefusesWhoWouldBeLast) {
  options_.account = "rate_limit: { requests_per_second: 0.2, burst: 1 }, max_waiting: 1, max_wait: 20s";
  Start();
  EXPECT_EQ(Call("alpha").code, google::rpc::OK);
  const auto waiting = Begin("alpha");
  Await(kWaiting, 1);
  const Result refused = Call("alpha");
  EXPECT_EQ(refused.Reason(), "ACCOUNT_RATE_LIMITED") << refused;
  EXPECT_GE(Pushback(refused), 50) << refused;
  EXPECT_EQ(Metric(R"(blooio_gateway_limit_refusals_total{limit="account",shortage="queue"})"), 1);
  EXPECT_EQ(waiting->Wait().code, google::rpc::OK) << waiting->Wait();
}

TEST_F(WaitingTest, ACancelledCallIsNotSentAndLeavesItsPlace) {
  options_.account = "max_in_flight: 1, max_waiting: 1, max_wait: 20s";
  Start();
  const auto under_way = Hang("alpha");
  const auto gone = Begin("alpha");
  Await(kWaiting, 1);
  gone->Cancel();
  EXPECT_EQ(gone->Wait().code, google::rpc::CANCELLED);
  Await(kWaiting, 0);
  const auto next = Begin("alpha");
  Await(kWaiting, 1);
  under_way->Cancel();
  EXPECT_EQ(next->Wait().code, google::rpc::OK) << next->Wait();
  Await(kInFlight, 0);
  EXPECT_THAT(sandbox_.Requests(), SizeIs(2)) << "the one that went was never sent";
}

TEST_F(WaitingTest, TheDeadlineEndsTheWait) {
  options_.account = "max_in_flight: 1, max_wait: 20s";
  Start();
  const auto under_way = Hang("alpha");
  // On a busy machine the caller's own end may come before the gateway's answer.
  Result late;
  for (int i = 0; i < 10 && late.Reason().empty(); ++i) late = Call("alpha", absl::Milliseconds(400));
  EXPECT_EQ(late.code, google::rpc::DEADLINE_EXCEEDED) << late;
  EXPECT_EQ(late.Reason(), "DEADLINE_EXCEEDED") << late;
  EXPECT_EQ(late.Fact("phase"), "queue") << late;
  EXPECT_THAT(sandbox_.Requests(), SizeIs(1));
  Await(kWaiting, 0);
}

TEST_F(WaitingTest, AWaitPastTheDeadlineIsRefusedAtOnce) {
  options_.account = "rate_limit: { requests_per_second: 0.1, burst: 1 }, max_wait: 20s";
  Start();
  EXPECT_EQ(Call("alpha").code, google::rpc::OK);
  const Result refused = Call("alpha", absl::Seconds(5));
  EXPECT_EQ(refused.Reason(), "ACCOUNT_RATE_LIMITED") << refused;
  EXPECT_LT(refused.took, absl::Seconds(5));
  EXPECT_GE(Pushback(refused), 5'000) << refused;
}

TEST_F(WaitingTest, OthersDoNotWaitForACallersOwnLimits) {
  options_.account = "max_in_flight: 3";
  callers_ = {{"alpha", "max_in_flight: 2"}, {"beta"}};
  Start();
  const auto first = Hang("alpha");
  const auto second = Hang("alpha");
  EXPECT_EQ(Call("alpha").Reason(), "CALLER_RATE_LIMITED");
  EXPECT_EQ(Call("beta").code, google::rpc::OK);
  first->Cancel();
  Await(kInFlight, 1);
  EXPECT_EQ(Call("alpha").code, google::rpc::OK) << "there is room again";
}

class DrainWithLimitsTest : public LimitsWorld {
 protected:
  // One call under way and one that waits, and the gateway is told to end.
  void StartDraining(const std::string& server) {
    options_.server = server;
    options_.account = "max_in_flight: 1, max_wait: 20s";
    Start();
    under_way_ = Hang("alpha");
    waiting_ = Begin("alpha");
    Await(kWaiting, 1);
    gateway_->process().Signal(SIGTERM);
    ASSERT_TRUE(gateway_->process().WaitForError(R"("event":"draining")", kPatience));
  }

  std::unique_ptr<Caller::Pending> under_way_, waiting_;
};

TEST_F(DrainWithLimitsTest, WhoWaitsIsServed) {
  StartDraining("drain_delay: 0s");
  under_way_->Cancel();
  EXPECT_EQ(waiting_->Wait().code, google::rpc::OK) << waiting_->Wait();
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 0);
}

TEST_F(DrainWithLimitsTest, WhoWaitsTooLongIsSentElsewhere) {
  StartDraining("drain_delay: 0s, drain_timeout: 300ms");
  const Result& result = waiting_->Wait();
  EXPECT_EQ(result.code, google::rpc::UNAVAILABLE) << result;
  EXPECT_EQ(result.Reason(), "GATEWAY_DRAINING") << result;
  EXPECT_GE(Pushback(result), 50) << result;
  EXPECT_EQ(gateway_->process().WaitForExit(kPatience), 0);
  EXPECT_THAT(sandbox_.Requests(), SizeIs(1)) << "a repeat is safe";
}

}  // namespace
}  // namespace blooio::integration
