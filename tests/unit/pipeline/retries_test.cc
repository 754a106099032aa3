// What follows an attempt that failed: another one, and what the call is to its caller
// when none is left.
#include <gmock/gmock.h>

#include <ostream>
#include <vector>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

constexpr char kAccepted[] = R"({"message_id":"msg_1","status":"queued"})";

AttemptResult Asking(int status, const std::string& retry_after) {
  AttemptResult result = Answer(status);
  result.retry_after = retry_after;
  return result;
}
AttemptResult Lost() { return Ended(AttemptEnd::kLost, Phase::kSent); }
AttemptResult NotSent() { return Ended(AttemptEnd::kNotSent, Phase::kConnect); }

enum class Kind { kRead, kKeyed, kUnkeyed, kCreate, kKeyedCreate };

class RetriesTest : public PipelineTest {
 protected:
  RetriesTest() { Allow(3); }
  void Allow(int attempts) {
    const auto state = State({.accounts = {{"main", 0}}, .methods = {"*"}});
    state->max_attempts = attempts;
    state->accounts[0].v2_circuit = circuit_;
    pipeline_->Use(state);
  }

  std::shared_ptr<RunningCall> Make(Kind kind, const CallInput& input = {}) {
    if (kind == Kind::kRead) return Run(v4::ListGroupsRequest(), &listed_, input);
    if (kind == Kind::kKeyed || kind == Kind::kUnkeyed) {
      return Run(Send(kind == Kind::kKeyed ? "order-1" : ""), &sent_, input);
    }
    v2::CreateGroupRequest create;
    create.set_name("Team");
    if (kind == Kind::kKeyedCreate) create.set_idempotency_key("order-1");
    return Run(create, &created_, input);
  }
  // Ends the call's latest attempt, and the time until its next one.
  void End(AttemptResult result) {
    upstream_.sent.back()->End(std::move(result));
    if (timers_.waiting.empty()) return;
    clock_.Pass(timers_.waiting.front().first);
    timers_.Ring();
  }
  std::string Reason() const {
    if (ends_ == 0) return "runs";
    return outcome_.error ? ReasonOf(*outcome_.error) : "OK";
  }

  std::shared_ptr<Circuit> circuit_;
  v4::ListGroupsResponse listed_;
  v2::SendMessageResponse sent_;
  v2::CreateGroupResponse created_;
};

struct Row {
  std::string name;
  Kind kind;
  std::vector<AttemptResult> attempts;
  std::string reason;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class RetryTableTest : public RetriesTest, public testing::WithParamInterface<Row> {};

TEST_P(RetryTableTest, AttemptsAndEnd) {
  const Row& row = GetParam();
  Make(row.kind);
  for (size_t i = 0; i < row.attempts.size(); ++i) {
    ASSERT_EQ(upstream_.sent.size(), i + 1);
    EXPECT_EQ(ends_, 0);
    EXPECT_EQ(upstream_.sent[i]->request.body, upstream_.sent[0]->request.body);
    EXPECT_EQ(upstream_.sent[i]->request.headers, upstream_.sent[0]->request.headers);
    EXPECT_EQ(upstream_.sent[i]->deadline, upstream_.sent[0]->deadline);
    End(row.attempts[i]);
  }
  EXPECT_EQ(upstream_.sent.size(), row.attempts.size());
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(Reason(), row.reason);
  EXPECT_EQ(outcome_.attempts, static_cast<int>(row.attempts.size()));
}

INSTANTIATE_TEST_SUITE_P(
    Retries, RetryTableTest,
    testing::Values(
        Row{"NothingWasSentAndThenItWas",
            Kind::kCreate,
            {NotSent(), Answer(201, R"({"group_id":"g"})")},
            "OK"},
        Row{"NothingWasEverSent", Kind::kCreate, {NotSent(), NotSent(), NotSent()}, "UPSTREAM_UNREACHABLE"},
        Row{"NothingCouldEverBeSent",
            Kind::kRead,
            {Ended(AttemptEnd::kUnsendable, Phase::kConnect)},
            "UPSTREAM_UNREACHABLE"},
        Row{"Untrusted",
            Kind::kRead,
            {Ended(AttemptEnd::kTlsUntrusted, Phase::kConnect)},
            "UPSTREAM_TLS_UNTRUSTED"},
        Row{"ALostRead", Kind::kRead, {Lost(), Answer(503), Answer(200, "{}")}, "OK"},
        Row{"AReadThatFails", Kind::kRead, {Answer(500), Answer(502), Answer(504)}, "UPSTREAM_UNAVAILABLE"},
        Row{"AReadThatFailsAndIsRefused", Kind::kRead, {Lost(), Answer(403)}, "UPSTREAM_FORBIDDEN"},
        Row{"ALostSend", Kind::kKeyed, {Lost(), Answer(200, kAccepted)}, "OK"},
        Row{"ALostSendWithAMintedKey", Kind::kUnkeyed, {Lost(), Answer(408), Answer(200, kAccepted)}, "OK"},
        Row{"ASendLostForGood", Kind::kKeyed, {Lost(), Lost(), Lost()}, "UPSTREAM_UNAVAILABLE"},
        Row{"ASendLostForGoodWithAMintedKey", Kind::kUnkeyed, {Lost(), Lost(), Lost()}, "OUTCOME_UNKNOWN"},
        Row{"ALostCreation", Kind::kCreate, {Lost()}, "OUTCOME_UNKNOWN"},
        Row{"ALostCreationWithAKey", Kind::kKeyedCreate, {Lost()}, "OUTCOME_UNKNOWN"},
        Row{"ACreationAskedToWait", Kind::kCreate, {Answer(429)}, "UPSTREAM_RATE_LIMITED"},
        Row{"ASendAskedToWait", Kind::kUnkeyed, {Asking(429, "2"), Answer(202, kAccepted)}, "OK"},
        Row{"ASendAskedToWaitForTooLong", Kind::kUnkeyed, {Asking(429, "60")}, "UPSTREAM_RATE_LIMITED"},
        Row{"AQuota",
            Kind::kKeyed,
            {Answer(429, R"({"code":"conversation_streak_limit"})")},
            "UPSTREAM_QUOTA_EXHAUSTED"},
        Row{"A501", Kind::kRead, {Answer(501)}, "UPSTREAM_NOT_IMPLEMENTED"},
        Row{"APrivateStatusOfAProxys", Kind::kKeyed, {Answer(520)}, "UPSTREAM_UNAVAILABLE"},
        // Only a success settles what is unknown.
        Row{"LostThenRefused", Kind::kKeyed, {Lost(), NotSent(), NotSent()}, "UPSTREAM_UNAVAILABLE"},
        Row{"LostThenConflict", Kind::kKeyed, {Lost(), Answer(409)}, "UPSTREAM_UNAVAILABLE"},
        Row{"LostThenTooMany", Kind::kKeyed, {Lost(), Asking(429, "60")}, "UPSTREAM_UNAVAILABLE"},
        Row{"LostThenInvalid", Kind::kKeyed, {Answer(502), Answer(422)}, "UPSTREAM_UNAVAILABLE"},
        Row{"LostThenNoPlan", Kind::kUnkeyed, {Lost(), Answer(402)}, "OUTCOME_UNKNOWN"},
        Row{"LostThenConflictUnkeyed", Kind::kUnkeyed, {Lost(), Answer(409)}, "OUTCOME_UNKNOWN"},
        Row{"LostThenDeadline",
            Kind::kKeyed,
            {Lost(), Ended(AttemptEnd::kDeadline, Phase::kConnect)},
            "DEADLINE_EXCEEDED"},
        Row{"LostThenNonsense", Kind::kKeyed, {Lost(), Answer(200, "<html>")}, "OUTCOME_UNKNOWN"}),
    [](const auto& info) { return info.param.name; });

TEST_F(RetriesTest, ADeadlineAfterALostAttemptSaysSent) {
  Make(Kind::kUnkeyed);
  End(Lost());
  End(Ended(AttemptEnd::kDeadline, Phase::kConnect));
  EXPECT_EQ(FactsOf(*outcome_.error)["phase"], "sent");
  EXPECT_EQ(outcome_.error->pushback_ms, kDoNotRepeat);
  EXPECT_TRUE(DetailOf<google::rpc::RequestInfo>(*outcome_.error).has_value());
}

TEST_F(RetriesTest, WhatTheLastAttemptAskedForIsTheForecast) {
  Make(Kind::kKeyed);
  End(Lost());
  End(Asking(429, "60"));
  EXPECT_GE(outcome_.error->pushback_ms, 60'000);
  EXPECT_EQ(FactsOf(*outcome_.error)["last_event"], "UPSTREAM_RATE_LIMITED");
}

TEST_F(RetriesTest, WaitsAsLongAsItIsAsked) {
  Make(Kind::kRead);
  upstream_.sent[0]->End(Asking(503, "3"));
  ASSERT_EQ(timers_.waiting.size(), 1u);
  EXPECT_GE(timers_.waiting[0].first, absl::Seconds(3));
  EXPECT_LE(timers_.waiting[0].first, absl::Seconds(3.1));
}

TEST_F(RetriesTest, NoneBeginsThatCannotEnd) {
  CallInput input;
  input.deadline = clock_.Now() + absl::Seconds(2);
  Make(Kind::kRead, input);
  End(Asking(503, "3"));
  EXPECT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(Reason(), "UPSTREAM_UNAVAILABLE");
}

TEST_F(RetriesTest, ABudgetBoundsThem) {
  // The first hundred are free, and then each call earns a fifth.
  int calls = 0;
  for (; calls < 200; ++calls) {
    upstream_.Forget();
    Make(Kind::kRead);
    End(Answer(503));
    if (ends_ == calls + 1) break;
    End(Answer(403));
  }
  EXPECT_EQ(calls, 124);  // 100 + 124 / 5
}

TEST_F(RetriesTest, AnAttemptIsAllOfThem) {
  Allow(1);
  Make(Kind::kRead);
  End(Answer(503));
  EXPECT_EQ(Reason(), "UPSTREAM_UNAVAILABLE");
}

TEST_F(RetriesTest, ACallThatGoesAwayBetweenTwoAttemptsEndsAtOnce) {
  struct End {
    Kind kind;
    AttemptResult first;
    bool drain;
    std::string reason;
  };
  for (const End& end : std::initializer_list<End>{{Kind::kRead, Answer(503), true, "GATEWAY_DRAINING"},
                                                   {Kind::kUnkeyed, NotSent(), true, "GATEWAY_DRAINING"},
                                                   {Kind::kUnkeyed, Lost(), true, "OUTCOME_UNKNOWN"},
                                                   {Kind::kKeyed, Lost(), true, "UPSTREAM_UNAVAILABLE"},
                                                   {Kind::kKeyedCreate, NotSent(), false, ""}}) {
    upstream_.Forget();
    timers_.waiting.clear();
    ends_ = 0;
    const auto call = Make(end.kind);
    upstream_.sent.at(0)->End(end.first);
    ASSERT_EQ(timers_.waiting.size(), 1u);
    end.drain ? call->Abandon() : call->Cancel();
    EXPECT_EQ(ends_, 1);
    if (end.drain) {
      EXPECT_EQ(Reason(), end.reason);
    } else {
      EXPECT_EQ(outcome_.error->status.code(), google::rpc::CANCELLED);
    }
    timers_.Ring();
    EXPECT_EQ(upstream_.sent.size(), 1u);
    EXPECT_EQ(ends_, 1);
  }
}

TEST_F(RetriesTest, ACircuitThatOpensEndsThem) {
  circuit_ = std::make_shared<Circuit>(clock_, randomness_);
  Allow(3);
  const auto fail = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const Circuit::Pass pass = circuit_->TryPass();
      circuit_->Report(pass, Circuit::Sign::kUnreachable);
    }
  };
  // It opens with the first attempt's end: that is the call's end.
  fail(4);
  Make(Kind::kUnkeyed);
  End(NotSent());
  EXPECT_EQ(Reason(), "UPSTREAM_UNREACHABLE");
  EXPECT_EQ(upstream_.sent.size(), 1u);
  // The next one is refused at once, until a probe may go.
  EXPECT_EQ(Make(Kind::kUnkeyed), nullptr);
  EXPECT_EQ(Reason(), "UPSTREAM_CIRCUIT_OPEN");
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::UNAVAILABLE);
  EXPECT_GE(outcome_.error->pushback_ms, 1000);
  EXPECT_EQ(outcome_.attempts, 0);
  // Reads of the other API are not concerned.
  Make(Kind::kRead);
  EXPECT_EQ(upstream_.sent.size(), 2u);
  upstream_.sent.back()->End(Answer(200, "{}"));
  // The probe, and one of them at a time.
  clock_.Pass(absl::Seconds(2));
  Make(Kind::kUnkeyed);
  EXPECT_EQ(upstream_.sent.size(), 3u);
  Make(Kind::kUnkeyed);
  EXPECT_EQ(Reason(), "UPSTREAM_CIRCUIT_OPEN");
  End(Answer(202, kAccepted));
  EXPECT_EQ(Reason(), "OK");
  EXPECT_FALSE(circuit_->open());
}

TEST_F(RetriesTest, ACircuitThatOpensBetweenTwoAttemptsLeavesItUnknown) {
  circuit_ = std::make_shared<Circuit>(clock_, randomness_);
  Allow(3);
  Make(Kind::kKeyed);
  upstream_.sent[0]->End(Lost());
  for (int i = 0; i < 5; ++i) circuit_->Report(circuit_->TryPass(), Circuit::Sign::kUnreachable);
  timers_.Ring();
  EXPECT_EQ(Reason(), "UPSTREAM_UNAVAILABLE");
  EXPECT_EQ(FactsOf(*outcome_.error)["last_event"], "UPSTREAM_CIRCUIT_OPEN");
}

}  // namespace
}  // namespace blooio::gateway
