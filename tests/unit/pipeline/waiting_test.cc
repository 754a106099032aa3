// Calls that wait for their turn: how they go on, go away and end.
#include <gmock/gmock.h>

#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "tests/unit/pipeline/limits_fixture.h"

namespace blooio::gateway {
namespace {

using WaitingTest = LimitsTest;

TEST_F(WaitingTest, ACallWaitsForItsTurnAndIsSent) {
  LimitAccount(1, absl::Milliseconds(250));
  EXPECT_NE(List(), nullptr);
  EXPECT_NE(List(), nullptr);
  EXPECT_EQ(upstream_.sent.size(), 1u);
  Pass(absl::Milliseconds(99));
  EXPECT_EQ(upstream_.sent.size(), 1u);
  Pass(absl::Milliseconds(1));
  ASSERT_EQ(upstream_.sent.size(), 2u);
  upstream_.sent[1]->End(Answer(200, R"({"groups":[]})"));
  EXPECT_FALSE(outcome_.error);
  EXPECT_EQ(outcome_.attempts, 1);
  EXPECT_EQ(outcome_.notes.queued, absl::Milliseconds(100));
}

// Any thread may send, and is never answered.
class CountingUpstream : public AttemptStarter {
 public:
  explicit CountingUpstream(std::function<void()> on_start) : on_start_(std::move(on_start)) {}
  std::shared_ptr<Attempt> Start(std::shared_ptr<const Endpoint>, std::shared_ptr<const SecretString>,
                                 const RestRequest&, absl::Time, Done) override {
    on_start_();
    return std::make_shared<FakeUpstream::Sent>();
  }

 private:
  const std::function<void()> on_start_;
};

TEST_F(WaitingTest, TurnsComeByThemselves) {
  AccountLimits limits;
  limits.limit = {.rate = {1000}, .burst = 1};
  RateLimiter limiter;
  Turnstile turnstile(limiter, SystemClock(), loop_);
  turnstile.Configure({.accounts = {limits, {}}, .callers = {{}}});

  std::promise<void> sent;
  std::atomic<int> starts = 0;
  CountingUpstream upstream([&] {
    if (++starts == 20) sent.set_value();
  });
  Pipeline pipeline(pipeline_->State(), {ledger_, turnstile, upstream, timers_, SystemClock(), randomness_},
                    100);
  for (int i = 0; i < 20; ++i) {
    pipeline.Run(**routes_.CompileFor(request_.GetDescriptor()), {}, request_, &replies_.emplace_back(),
                 [](CallOutcome) {});
  }
  sent.get_future().wait();
}

TEST_F(WaitingTest, ACallThatGoesAwayWhileItWaitsIsNeverSentAndFreesItsPlace) {
  LimitAccount(1, absl::Milliseconds(250));
  List();
  const auto second = List();
  List();
  second->Cancel();
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::CANCELLED);
  EXPECT_EQ(outcome_.attempts, 0);
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(upstream_.sent.size(), 2u) << "the third one has the second's turn";
  second->Cancel();
  EXPECT_EQ(ends_, 1);
}

TEST_F(WaitingTest, ADrainTellsThoseThatWaitToGoElsewhere) {
  LimitAccount(1, absl::Milliseconds(250));
  List();
  List()->Abandon();
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(ReasonOf(*outcome_.error), "GATEWAY_DRAINING");
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(WaitingTest, ADeadlineThatPassesInTheQueueSaysSo) {
  // Room would be there in time, if the first call ended.
  LimitAccount(10, absl::Seconds(10), 1);
  List();
  EXPECT_NE(List(absl::Milliseconds(500)), nullptr);
  Pass(absl::Milliseconds(449));
  EXPECT_EQ(ends_, 0);
  Pass(absl::Milliseconds(2));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::DEADLINE_EXCEEDED);
  EXPECT_EQ(FactsOf(*outcome_.error)["phase"], "queue");
  EXPECT_EQ(outcome_.notes.limit, "");
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(WaitingTest, OneThatMayNotWaitAnyLongerIsRefused) {
  LimitAccount(10, absl::Milliseconds(250), 1);
  List();
  EXPECT_NE(List(), nullptr);
  Pass(absl::Milliseconds(251));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(ReasonOf(*outcome_.error), "ACCOUNT_RATE_LIMITED");
  EXPECT_EQ(Quota().description(), "1 of 1 calls under way");
}

TEST_F(WaitingTest, TheEndOfACallIsTheNextOnesTurn) {
  LimitAccount(10, absl::Milliseconds(250), 1);
  List();
  List();
  EXPECT_EQ(upstream_.sent.size(), 1u);
  upstream_.sent[0]->End(Answer(200, R"({"groups":[]})"));
  loop_.Flush();
  ASSERT_EQ(upstream_.sent.size(), 2u);
  upstream_.sent[1]->End(Answer(500));
  List();
  EXPECT_EQ(upstream_.sent.size(), 3u) << "whatever became of it";
}

TEST_F(WaitingTest, ACallThatWaitedForNothingHasSpentNothing) {
  AccountLimits account;
  account.most_in_flight = 1;
  CallerLimits caller = {.limit = {.rate = {1, 86'400 * kSecond}, .burst = 3}};
  turnstile_.Configure({.accounts = {account, {}}, .callers = {caller}});
  List();
  List();
  List()->Cancel();
  Pass(absl::Milliseconds(251));
  EXPECT_EQ(ends_, 2);
  AnswerAll(200);
  EXPECT_NE(List(), nullptr);
  AnswerAll(200);
  EXPECT_NE(List(), nullptr);
  AnswerAll(200);
  EXPECT_EQ(List(), nullptr);
}

TEST_F(WaitingTest, AnyNumberMayWaitForAnAccountThatLosesItsKey) {
  LimitAccount(100'000, absl::Seconds(10), 1);
  List();
  for (int i = 0; i < 10'000; ++i) List();
  AccountKeys& keys = *pipeline_->State()->accounts[0].keys;
  keys.Learn(keys.Usable(), 401);
  keys.Learn(keys.BeginProbe(), 401);
  ASSERT_EQ(keys.Usable().key, nullptr);
  upstream_.sent[0]->End(Answer(500));
  while (Waiting() > 0) loop_.Flush();
  loop_.Flush();
  EXPECT_EQ(ends_, 10'001);
  EXPECT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(ReasonOf(*outcome_.error), "ACCOUNT_WITHOUT_KEY");
}

TEST_F(WaitingTest, ACallThatWaitedTellsOfShadowMode) {
  AccountLimits account = {.limit = {.rate = {10}, .burst = 1}};
  CallerLimits caller = {.limit = {.rate = {1}, .burst = 1, .shadow = true}};
  turnstile_.Configure({.accounts = {account, {}}, .callers = {caller}});
  List();
  List();
  Pass(absl::Milliseconds(100));
  ASSERT_EQ(upstream_.sent.size(), 2u);
  upstream_.sent[1]->End(Answer(200, R"({"groups":[]})"));
  EXPECT_EQ(outcome_.notes.shadowed_limits, Bit(LimitKind::kCaller));
}

}  // namespace
}  // namespace blooio::gateway
