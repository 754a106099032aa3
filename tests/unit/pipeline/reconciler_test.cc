#include "service/pipeline/reconciler.h"

#include <gmock/gmock.h>

#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

using Reply = v1::ReconcileSendResponse;

constexpr char kAccepted[] = R"({"message_id":"msg_1","status":"queued"})";

class ReconcilerTest : public PipelineTest {
 protected:
  ReconcilerTest() { EXPECT_TRUE(reconciler_.Prepare().ok()); }

  // Asks after Send("order-1").
  void Ask(bool settle = false, std::optional<absl::Time> first_made = std::nullopt,
           std::optional<absl::Time> last_made = std::nullopt) {
    v1::ReconcileSendRequest request;
    *request.mutable_v2_send_message() = Send("order-1");
    request.set_settle(settle);
    if (first_made) SetTime(*request.mutable_first_made(), *first_made);
    if (last_made) SetTime(*request.mutable_last_made(), *last_made);
    Ask(request);
  }
  static void SetTime(google::protobuf::Timestamp& timestamp, absl::Time time) {
    const int64_t nanos = absl::ToUnixNanos(time);
    timestamp.set_seconds(nanos / 1'000'000'000);
    timestamp.set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  }
  // When NOT_SENT may first be said of what is made now.
  void PassTolerance() { clock_.Pass(Reconciler::kClockTolerance); }
  void Ask(const v1::ReconcileSendRequest& request, const CallInput& input = {}) {
    answer_.Clear();
    request_ = request;
    reconciler_.Run(input, request_, &answer_, [this](CallOutcome outcome) {
      ++ends_;
      outcome_ = std::move(outcome);
    });
  }
  std::string Said() const {
    return outcome_.error ? ReasonOf(*outcome_.error) : Reply::Outcome_Name(answer_.outcome());
  }
  void End(AttemptResult result) { upstream_.sent.back()->End(std::move(result)); }

  Reconciler reconciler_{*pipeline_, routes_};
  v1::ReconcileSendRequest request_;
  Reply answer_;
  v2::SendMessageResponse sent_;
};

TEST_F(ReconcilerTest, WhatWasSentIsToldWithItsIds) {
  Run(Send("order-1"), &sent_);
  Ask();
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN") << "it runs";
  End(Answer(202, kAccepted));
  Ask();
  EXPECT_EQ(Said(), "OUTCOME_SENT");
  EXPECT_THAT(answer_.message_ids(), testing::ElementsAre("msg_1"));
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(ReconcilerTest, WhatWasNotSentCanBeSaidOfWhatTheLedgerWouldKnow) {
  clock_.Pass(absl::Hours(1));
  Ask();
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN") << "nobody knows when it may have been made";
  const absl::Duration tolerance = Reconciler::kClockTolerance, bit = absl::Nanoseconds(1);
  const absl::Time now = clock_.Now();
  struct Row {
    absl::Time first;
    std::optional<absl::Time> last;
    const char* said;
    const char* why;
  };
  const std::vector<Row> rows = {
      {now - tolerance, {}, "OUTCOME_NOT_SENT", "it was made once"},
      {now - tolerance + bit, {}, "OUTCOME_STILL_UNKNOWN", "by another clock, it may come yet"},
      {now, {}, "OUTCOME_STILL_UNKNOWN", "the same"},
      {kNow + tolerance, {}, "OUTCOME_NOT_SENT", "after the gateway's start by any clock"},
      {kNow + tolerance - bit, {}, "OUTCOME_STILL_UNKNOWN", "before it, perhaps, by another clock"},
      {kNow - absl::Seconds(1), {}, "OUTCOME_STILL_UNKNOWN", "before it"},
      {kNow + tolerance, now - tolerance, "OUTCOME_NOT_SENT", "both ends are known"},
      {kNow + tolerance, now - tolerance + bit, "OUTCOME_STILL_UNKNOWN", "it was repeated just now"},
      {now, now - tolerance, "OUTCOME_STILL_UNKNOWN", "the last was not before the first"},
      {now + absl::Hours(24 * 365 * 100), {}, "OUTCOME_STILL_UNKNOWN", "it was not made yet"},
  };
  for (const Row& row : rows) {
    Ask(false, row.first, row.last);
    EXPECT_EQ(Said(), row.said) << row.why;
  }
  v1::ReconcileSendRequest request;
  *request.mutable_v2_send_message() = Send("order-1");
  SetTime(*request.mutable_last_made(), now - tolerance);
  Ask(request);
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN") << "when it was made first is not said";

  Run(Send("order-1"), &sent_);
  const absl::Time made = clock_.Now();
  End(Answer(422));
  Ask(false, made);
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN");
  PassTolerance();
  Ask(false, made);
  EXPECT_EQ(Said(), "OUTCOME_NOT_SENT");
}

TEST_F(ReconcilerTest, WhatIsUnknownIsSettledOnlyWhenAskedTo) {
  Run(Send("order-1"), &sent_);
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  Ask(false, clock_.Now());
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN");
  EXPECT_EQ(upstream_.sent.size(), 1u);
  Ask(true);
  ASSERT_EQ(upstream_.sent.size(), 2u);
  EXPECT_EQ(SentKey(1), SentKey(0));
  EXPECT_EQ(upstream_.sent[1]->request.body, upstream_.sent[0]->request.body);
  End(Answer(409));
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN");
  Ask(true);
  End(Answer(200, kAccepted));
  EXPECT_EQ(Said(), "OUTCOME_SENT");
  EXPECT_THAT(answer_.message_ids(), testing::ElementsAre("msg_1"));
}

TEST_F(ReconcilerTest, NothingNewIsEverBegun) {
  Ask(true, clock_.Now());
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN");
  clock_.Pass(absl::Hours(1));
  Ask(true, clock_.Now() - Reconciler::kClockTolerance);
  EXPECT_EQ(Said(), "OUTCOME_NOT_SENT");
  v1::ReconcileSendRequest keyless;
  *keyless.mutable_v2_send_message() = Send();
  keyless.set_settle(true);
  Ask(keyless);
  EXPECT_EQ(Said(), "INVALID_REQUEST");
  EXPECT_TRUE(upstream_.sent.empty());
}

TEST_F(ReconcilerTest, AKeyIsEnoughToLookAndNotToSettle) {
  Run(Send("order-1"), &sent_);
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  v1::ReconcileSendRequest request;
  request.mutable_v2_send_message()->set_idempotency_key("order-1");
  Ask(request);
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN");
  request.set_settle(true);
  Ask(request);
  EXPECT_EQ(Said(), "INVALID_REQUEST");
  *request.mutable_v2_send_message() = Send("order-1");
  request.mutable_v2_send_message()->set_text("something else");
  Ask(request);
  EXPECT_EQ(Said(), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(ReconcilerTest, AKeyThatWasMintedAndToldIsKnownToo) {
  Run(Send(), &sent_);
  clock_.Pass(absl::Hours(1));
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  const auto told = DetailOf<google::rpc::RequestInfo>(*outcome_.error);
  ASSERT_TRUE(told.has_value());
  v1::ReconcileSendRequest request;
  *request.mutable_v2_send_message() = Send(told->request_id());
  request.mutable_first_made()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
  Ask(request);
  EXPECT_EQ(Said(), "OUTCOME_STILL_UNKNOWN");
  request.set_settle(true);
  Ask(request);
  ASSERT_EQ(upstream_.sent.size(), 2u);
  EXPECT_EQ(SentKey(1), SentKey(0));
  End(Answer(200, kAccepted));
  EXPECT_EQ(Said(), "OUTCOME_SENT");
}

TEST_F(ReconcilerTest, ADryRunIsNoSend) {
  v4::SendChatMessageRequest dry;
  dry.set_chat_id("chat_1");
  dry.mutable_content()->mutable_text()->set_text("hi");
  dry.set_dry_run(true);
  dry.set_idempotency_key("order-1");
  v4::SendChatMessageResponse shown;
  Run(dry, &shown);
  End(Answer(200, R"({"dry_run":true,"would_send":true})"));
  v1::ReconcileSendRequest request;
  request.mutable_v4_send_chat_message()->set_idempotency_key("order-1");
  Ask(request);
  EXPECT_EQ(Said(), "OUTCOME_NOT_SENT");
}

TEST_F(ReconcilerTest, MistakesAndStrangersAreToldSo) {
  Ask(v1::ReconcileSendRequest());
  EXPECT_EQ(Said(), "INVALID_REQUEST");
  EXPECT_THAT(outcome_.error->status.message(), testing::HasSubstr("send is required"));
  CallInput stranger;
  stranger.presented.authorization = "Bearer x";
  Ask(v1::ReconcileSendRequest(), stranger);
  EXPECT_EQ(Said(), "CALLER_UNAUTHENTICATED");
  pipeline_->Use(State({.accounts = {{"main", 0}}, .methods = {"blooio.v4.MessagesService/*"}}));
  Ask();
  EXPECT_EQ(Said(), "CALLER_NOT_ALLOWED");
}

TEST_F(ReconcilerTest, AKeyOfTheOtherApiIsAnotherSend) {
  Run(Send("order-1"), &sent_);
  End(Answer(202, kAccepted));
  clock_.Pass(absl::Hours(1));
  v1::ReconcileSendRequest request;
  request.mutable_v4_send_chat_message()->set_idempotency_key("order-1");
  SetTime(*request.mutable_first_made(), clock_.Now());
  PassTolerance();
  Ask(request);
  EXPECT_EQ(Said(), "OUTCOME_NOT_SENT");
}

}  // namespace
}  // namespace blooio::gateway
