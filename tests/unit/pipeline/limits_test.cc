// What the rate limiter's decisions do to calls: which start, which wait, which are
// refused, and what is told.
#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <future>

#include "blooio/v4/groups_service.pb.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAre;

constexpr char kRefused[] = R"({"error":"Too many requests","status":429})";

class LimitsTest : public PipelineTest {
 protected:
  // One limit for the account, 10 a second.
  void LimitAccount(int64_t burst, absl::Duration max_wait = absl::ZeroDuration(), int64_t in_flight = 0) {
    AccountLimits limits;
    limits.limit = {.rate = {10}, .burst = burst};
    limits.max_wait = absl::ToInt64Nanoseconds(max_wait);
    limits.most_in_flight = in_flight;
    turnstile_.Configure({.accounts = {limits, {}}, .callers = {{}}});
  }

  // Each call in its own reply.
  std::shared_ptr<RunningCall> List(absl::Duration deadline = absl::InfiniteDuration()) {
    CallInput input;
    input.deadline = clock_.Now() + deadline;
    return Run(request_, &replies_.emplace_back(), input);
  }
  void Pass(absl::Duration time) {
    clock_.Pass(time);
    turnstile_.Advance(0);
  }
  void AnswerAll(int status, const std::string& body = R"({"groups":[]})") {
    for (auto& attempt : upstream_.sent) {
      if (attempt->done) attempt->End(Answer(status, body));
    }
  }
  google::rpc::QuotaFailure::Violation Quota() const {
    const auto quota = DetailOf<google::rpc::QuotaFailure>(*outcome_.error);
    return quota && quota->violations_size() == 1 ? quota->violations(0)
                                                  : google::rpc::QuotaFailure::Violation();
  }

  size_t Waiting() { return limiter_.Peek(LimitKind::kAccount, {}, clock_.Steady()).waiting; }

  const v4::ListGroupsRequest request_;
  std::deque<v4::ListGroupsResponse> replies_;
};

TEST_F(LimitsTest, RefusesWhatTheAccountHasNoRoomForAndSaysWhenItWill) {
  LimitAccount(2);
  EXPECT_NE(List(), nullptr);
  EXPECT_NE(List(), nullptr);
  EXPECT_EQ(List(), nullptr);
  ASSERT_TRUE(outcome_.error);
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(*outcome_.error), "ACCOUNT_RATE_LIMITED");
  EXPECT_EQ(FactsOf(*outcome_.error)["account"], "main");
  EXPECT_EQ(Quota().subject(), "account:main");
  EXPECT_EQ(Quota().description(), "10 a second, burst 2: 0 left");
  EXPECT_EQ(outcome_.notes.limit, "account");
  EXPECT_EQ(outcome_.notes.shortage, "rate");
  EXPECT_EQ(outcome_.attempts, 0);
  EXPECT_EQ(upstream_.sent.size(), 2u);

  const auto retry = DetailOf<google::rpc::RetryInfo>(*outcome_.error);
  ASSERT_TRUE(retry);
  EXPECT_EQ(retry->retry_delay().nanos(), outcome_.error->pushback_ms * 1'000'000);
  clock_.Pass(absl::Milliseconds(outcome_.error->pushback_ms));
  EXPECT_NE(List(), nullptr);
}

TEST_F(LimitsTest, ACallerHasLimitsOfItsOwn) {
  std::vector<Limit> methods = {{}, {.rate = {1}, .burst = 4}};
  CallerLimits caller = {.limit = {.rate = {5}, .burst = 10},
                         .methods = std::make_shared<std::vector<Limit>>(methods)};
  turnstile_.Configure({.accounts = {{}, {}}, .callers = {caller}});
  auto state = State({.accounts = {{"main", 0}}, .methods = {"*"}});
  state->method_terms["blooio.v2.MessagesService/SendMessage"] = {.place = 1, .cost = 2};
  pipeline_->Use(state);
  v2::SendMessageResponse replies[3];
  EXPECT_NE(Run(Send(), &replies[0]), nullptr);
  EXPECT_NE(Run(Send(), &replies[1]), nullptr);
  EXPECT_EQ(Run(Send(), &replies[2]), nullptr);
  EXPECT_EQ(ReasonOf(*outcome_.error), "CALLER_RATE_LIMITED");
  EXPECT_EQ(Quota().subject(), "method:blooio.v2.MessagesService/SendMessage");
  EXPECT_EQ(Quota().description(), "1 a second, burst 4: 0 left");
  EXPECT_GE(outcome_.error->pushback_ms, 2000);

  for (int i = 0; i < 6; ++i) EXPECT_NE(List(), nullptr);
  EXPECT_EQ(List(), nullptr);
  EXPECT_EQ(ReasonOf(*outcome_.error), "CALLER_RATE_LIMITED");
  EXPECT_EQ(Quota().subject(), "caller:anonymous");
}

TEST_F(LimitsTest, AnInvalidCallSpendsNothing) {
  LimitAccount(1);
  v2::SendMessageResponse reply;
  EXPECT_EQ(Run(v2::SendMessageRequest(), &reply), nullptr);
  EXPECT_EQ(ReasonOf(*outcome_.error), "INVALID_REQUEST");
  EXPECT_NE(List(), nullptr);
}

TEST_F(LimitsTest, ACallWaitsForItsTurnAndIsSent) {
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

TEST_F(LimitsTest, TurnsComeByThemselves) {
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
  Pipeline pipeline(pipeline_->State(), turnstile, upstream, SystemClock(), randomness_);
  for (int i = 0; i < 20; ++i) {
    pipeline.Run(**routes_.CompileFor(request_.GetDescriptor()), {}, request_, &replies_.emplace_back(),
                 [](CallOutcome) {});
  }
  sent.get_future().wait();
}

TEST_F(LimitsTest, ACallThatGoesAwayWhileItWaitsIsNeverSentAndFreesItsPlace) {
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

TEST_F(LimitsTest, ADrainTellsThoseThatWaitToGoElsewhere) {
  LimitAccount(1, absl::Milliseconds(250));
  List();
  List()->Abandon();
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(ReasonOf(*outcome_.error), "GATEWAY_DRAINING");
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(LimitsTest, ADeadlineThatPassesInTheQueueSaysSo) {
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

TEST_F(LimitsTest, OneThatMayNotWaitAnyLongerIsRefused) {
  LimitAccount(10, absl::Milliseconds(250), 1);
  List();
  EXPECT_NE(List(), nullptr);
  Pass(absl::Milliseconds(251));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(ReasonOf(*outcome_.error), "ACCOUNT_RATE_LIMITED");
  EXPECT_EQ(Quota().description(), "1 of 1 calls under way");
}

TEST_F(LimitsTest, TheEndOfACallIsTheNextOnesTurn) {
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

TEST_F(LimitsTest, ABare429ClosesTheAccountForAsLongAsItAsks) {
  LimitAccount(10);
  List();
  AttemptResult result = Answer(429, kRefused);
  result.retry_after = "7";
  upstream_.sent[0]->End(std::move(result));
  EXPECT_EQ(ReasonOf(*outcome_.error), "UPSTREAM_RATE_LIMITED");
  EXPECT_EQ(List(), nullptr);
  EXPECT_EQ(ReasonOf(*outcome_.error), "ACCOUNT_RATE_LIMITED");
  EXPECT_GE(outcome_.error->pushback_ms, 7000);
  EXPECT_EQ(Quota().description(), "closed after a 429 of Blooio's");
}

TEST_F(LimitsTest, ABare429ClosesAnAccountWithoutLimitsToo) {
  List();
  AttemptResult result = Answer(429, kRefused);
  result.retry_after = "7";
  upstream_.sent[0]->End(std::move(result));
  EXPECT_EQ(List(), nullptr);
  EXPECT_EQ(outcome_.notes.shortage, "closed");
  EXPECT_GE(outcome_.error->pushback_ms, 7000);
  Pass(absl::Seconds(7));
  EXPECT_NE(List(), nullptr);
}

TEST_F(LimitsTest, ACallThatWaitedForNothingHasSpentNothing) {
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

TEST_F(LimitsTest, AQuotasEndClosesNothing) {
  LimitAccount(10);
  List();
  upstream_.sent[0]->End(Answer(429, R"({"error":"Quota","code":"contact_limit_reached"})"));
  EXPECT_EQ(ReasonOf(*outcome_.error), "UPSTREAM_QUOTA_EXHAUSTED");
  EXPECT_NE(List(), nullptr);
}

TEST_F(LimitsTest, EachAttemptTakesATokenOfTheAccounts) {
  LimitAccount(3);
  const auto state = pipeline_->State();
  state->accounts[0].keys->Load(KeySlot::kNext, SecretString("next-key"));
  List();
  upstream_.sent[0]->End(Answer(401));
  ASSERT_EQ(upstream_.sent.size(), 2u);
  upstream_.sent[1]->End(Answer(200, R"({"groups":[]})"));
  EXPECT_EQ(outcome_.attempts, 2);
  EXPECT_NE(List(), nullptr);
  EXPECT_EQ(List(), nullptr);
}

TEST_F(LimitsTest, AnAttemptThatIsRefusedSaysWhatCameBefore) {
  LimitAccount(1);
  pipeline_->State()->accounts[0].keys->Load(KeySlot::kNext, SecretString("next-key"));
  List();
  upstream_.sent[0]->End(Answer(401));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(ReasonOf(*outcome_.error), "ACCOUNT_RATE_LIMITED");
  EXPECT_EQ(FactsOf(*outcome_.error)["attempts"], "1");
  EXPECT_THAT(outcome_.error->status.message(), testing::HasSubstr("nothing more was sent"));
  EXPECT_EQ(outcome_.http_status, 401);
  EXPECT_EQ(outcome_.attempts, 1);
}

TEST_F(LimitsTest, AnyNumberMayWaitForAnAccountThatLosesItsKey) {
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

TEST_F(LimitsTest, ACallThatWaitedTellsOfShadowMode) {
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

TEST_F(LimitsTest, ShadowModeServesAndTells) {
  AccountLimits account = {.limit = {.rate = {10}, .burst = 1, .shadow = true}};
  CallerLimits caller = {.limit = {.rate = {10}, .burst = 2, .shadow = true}};
  turnstile_.Configure({.accounts = {account, {}}, .callers = {caller}});
  for (int i = 0; i < 3; ++i) List();
  EXPECT_EQ(upstream_.sent.size(), 3u);
  std::vector<unsigned> shadowed;
  for (const auto& attempt : upstream_.sent) {
    attempt->End(Answer(200, R"({"groups":[]})"));
    shadowed.push_back(outcome_.notes.shadowed_limits);
  }
  EXPECT_THAT(shadowed,
              ElementsAre(0u, Bit(LimitKind::kAccount), Bit(LimitKind::kAccount) | Bit(LimitKind::kCaller)));
}

}  // namespace
}  // namespace blooio::gateway
