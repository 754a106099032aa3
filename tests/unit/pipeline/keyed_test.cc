// Calls with a caller's key: what the ledger knows of them is what they are told.
#include <gmock/gmock.h>

#include "blooio/v2/groups_service.pb.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

constexpr char kAccepted[] = R"({"message_id":"msg_1","status":"queued"})";
constexpr char kCreated[] = R"({"group_id":"grp_1","name":"Team","added_members":["+15551234567"]})";

class KeyedTest : public PipelineTest {
 protected:
  v2::CreateGroupRequest Create(const std::string& name = "Team") {
    v2::CreateGroupRequest create;
    create.set_name(name);
    create.set_idempotency_key("order-1");
    return create;
  }
  void End(AttemptResult result) { upstream_.sent.back()->End(std::move(result)); }
  std::string Reason() const { return outcome_.error ? ReasonOf(*outcome_.error) : "OK"; }

  v2::CreateGroupResponse created_;
  v2::SendMessageResponse sent_;
};

TEST_F(KeyedTest, ARepeatOfWhatHappenedHasItsAnswer) {
  Run(Create(), &created_);
  End(Answer(201, kCreated));
  const std::string reply = created_.SerializeAsString();
  created_.Clear();
  EXPECT_EQ(Run(Create(), &created_), nullptr);
  EXPECT_EQ(Reason(), "OK");
  EXPECT_EQ(created_.SerializeAsString(), reply);
  EXPECT_EQ(outcome_.attempts, 0);
  EXPECT_EQ(outcome_.notes.ledger, "done");
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(KeyedTest, AnotherRequestUnderTheSameKeyIsRefused) {
  Run(Create(), &created_);
  Run(Create("Other"), &created_);
  EXPECT_EQ(Reason(), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::FAILED_PRECONDITION);
  EXPECT_EQ(outcome_.error->pushback_ms, kDoNotRepeat);
  End(Answer(201, kCreated));
  Run(Create("Other"), &created_);
  EXPECT_EQ(Reason(), "IDEMPOTENCY_KEY_REUSED");
}

TEST_F(KeyedTest, ARepeatOfWhatRunsIsToldToComeBack) {
  Run(Create(), &created_);
  Run(Create(), &created_);
  EXPECT_EQ(Reason(), "OPERATION_IN_PROGRESS");
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::ABORTED);
  EXPECT_GT(outcome_.error->pushback_ms, 0);
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(KeyedTest, WhatDidNotHappenFreesItsKey) {
  Run(Create(), &created_);
  End(Answer(409));
  EXPECT_EQ(Reason(), "UPSTREAM_ALREADY_EXISTS");
  Run(Create("Other"), &created_);
  EXPECT_EQ(upstream_.sent.size(), 2u);
  End(Ended(AttemptEnd::kNotSent, Phase::kConnect));
  Run(Create("Third"), &created_);
  EXPECT_EQ(upstream_.sent.size(), 3u);
}

TEST_F(KeyedTest, AnUnknownCreationStaysUnknownAndIsNeverRepeated) {
  Run(Create(), &created_);
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  for (int i = 0; i < 3; ++i) {
    Run(Create(), &created_);
    EXPECT_EQ(Reason(), "OUTCOME_UNKNOWN");
    EXPECT_EQ(outcome_.error->status.code(), google::rpc::UNKNOWN);
  }
  EXPECT_EQ(upstream_.sent.size(), 1u);
}

TEST_F(KeyedTest, AnUnknownSendIsSettledByItsRepeatsSuccessAlone) {
  Run(Send("order-1"), &sent_);
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  for (const int status : {409, 422, 402}) {
    Run(Send("order-1"), &sent_);
    EXPECT_EQ(outcome_.notes.ledger.empty(), false);
    End(Answer(status));
    EXPECT_EQ(Reason(), "UPSTREAM_UNAVAILABLE") << status;
  }
  Run(Send("order-1"), &sent_);
  End(Ended(AttemptEnd::kNotSent, Phase::kConnect));
  EXPECT_EQ(Reason(), "UPSTREAM_UNAVAILABLE");
  Run(Send("order-1"), &sent_);
  EXPECT_EQ(upstream_.sent.size(), 6u);
  EXPECT_EQ(SentKey(5), SentKey(0));
  End(Answer(200, kAccepted));
  EXPECT_EQ(Reason(), "OK");
  Run(Send("order-1"), &sent_);
  EXPECT_EQ(sent_.message_id(), "msg_1");
  EXPECT_EQ(upstream_.sent.size(), 6u);
}

TEST_F(KeyedTest, ACallThatIsCancelledLeavesTheTruthBehind) {
  auto call = Run(Create(), &created_);
  call->Cancel();
  End(Ended(AttemptEnd::kCancelled, Phase::kConnect));
  call = Run(Create(), &created_);
  EXPECT_EQ(upstream_.sent.size(), 2u);
  call->Cancel();
  End(Ended(AttemptEnd::kCancelled, Phase::kSent));
  Run(Create(), &created_);
  EXPECT_EQ(Reason(), "OUTCOME_UNKNOWN");
}

TEST_F(KeyedTest, CallersDoNotMeet) {
  auto state = State({.accounts = {{"main", 0}, {"other", 1}}, .methods = {"*"}});
  pipeline_->Use(state);
  Run(Create(), &created_);
  CallInput other;
  other.account = "other";
  Run(Create(), &created_, other);
  EXPECT_EQ(upstream_.sent.size(), 2u);
}

// A ledger that the test answers for.
class AbsentLedger : public Ledger {
 public:
  void Begin(const Operation&, const Claim&, Answer answer) override { std::move(answer)(found); }
  void Look(const OperationId&, Answer answer) override { std::move(answer)(found); }
  void Settle(const Operation&, uint64_t, Settlement settlement) override {
    settled.push_back(settlement.kind);
  }
  Found found;
  std::vector<Settlement::Kind> settled;
};

TEST_F(KeyedTest, WithoutTheLedgerOnlyThoseGoOnWhoseKeyTravels) {
  AbsentLedger ledger;
  ledger.found.claim = 7;
  Pipeline pipeline(pipeline_->State(), {ledger, turnstile_, upstream_, timers_, clock_, randomness_}, 100);
  const auto run = [&](const google::protobuf::Message& request, google::protobuf::Message* reply) {
    pipeline.Run(**routes_.CompileFor(request.GetDescriptor()), {}, request, reply,
                 [this](CallOutcome outcome) { outcome_ = std::move(outcome); });
  };
  run(Create(), &created_);
  EXPECT_EQ(Reason(), "GATEWAY_OVERLOADED");
  EXPECT_GT(outcome_.error->pushback_ms, 0);
  EXPECT_THAT(ledger.settled, testing::ElementsAre(Settlement::kNotDone));
  EXPECT_TRUE(upstream_.sent.empty());
  run(Send("order-1"), &sent_);
  ASSERT_EQ(upstream_.sent.size(), 1u);
  // Nobody knows what has become of it before.
  End(Ended(AttemptEnd::kNotSent, Phase::kConnect));
  EXPECT_EQ(Reason(), "UPSTREAM_UNAVAILABLE");
  run(Send("order-1"), &sent_);
  End(Answer(202, kAccepted));
  EXPECT_EQ(Reason(), "OK");
  EXPECT_THAT(ledger.settled,
              testing::ElementsAre(Settlement::kNotDone, Settlement::kNotDone, Settlement::kDone));
  run(Send("order-1"), &sent_);
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  EXPECT_EQ(ledger.settled.back(), Settlement::kUnknown);

  ledger.found = {.what = Standing::kFull};
  run(Create(), &created_);
  EXPECT_EQ(Reason(), "GATEWAY_OVERLOADED");
  EXPECT_EQ(upstream_.sent.size(), 3u);
  run(Send("order-1"), &sent_);
  EXPECT_EQ(upstream_.sent.size(), 4u);
}

}  // namespace
}  // namespace blooio::gateway
