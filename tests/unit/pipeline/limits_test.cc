// What the rate limiter's decisions do to calls: which start, which are refused, and
// what is told.
#include <gmock/gmock.h>

#include <memory>
#include <vector>

#include "tests/unit/pipeline/limits_fixture.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAre;

constexpr char kRefused[] = R"({"error":"Too many requests","status":429})";

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
