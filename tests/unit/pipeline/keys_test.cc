// What a call does with the account's keys: the second attempt, and what comes
// between the two.
#include <gmock/gmock.h>

#include <ostream>

#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

constexpr char kAccepted[] = R"({"message_id":"msg_1","status":"queued"})";

class KeysTest : public PipelineTest {
 protected:
  KeysTest() {
    const auto state = State({.accounts = {{"main", 0}}, .methods = {"*"}});
    Account& account = state->accounts[0];
    account.keys = keys_;
    Load(KeySlot::kCurrent, "A");
    Load(KeySlot::kNext, "B");
    account.probe = std::make_shared<KeyProbe>(keys_, account.v4, upstream_, clock_);
    pipeline_->Use(state);
  }

  void Load(KeySlot slot, const std::string& text) { keys_->Load(slot, SecretString(std::string(text))); }
  std::string Usable() const {
    const KeyUse use = keys_->Usable();
    return use.key ? std::string(use.key->Reveal()) : "-";
  }

  std::shared_ptr<RunningCall> Send(const CallInput& input = {}) {
    reply_.Clear();
    return Run(PipelineTest::Send(), &reply_, input);
  }
  FakeUpstream::Sent& sent(size_t i) { return *upstream_.sent.at(i); }
  std::string KeyOf(size_t i) { return std::string(sent(i).key->Reveal()); }
  std::string Reason() const { return outcome_.error ? ReasonOf(*outcome_.error) : "OK"; }

  std::shared_ptr<AccountKeys> keys_ = std::make_shared<AccountKeys>(clock_);
  v2::SendMessageResponse reply_;
};

TEST_F(KeysTest, ARefusedKeyIsFollowedByTheOtherWithTheSameBytes) {
  Send();
  EXPECT_EQ(KeyOf(0), "A");
  sent(0).End(Answer(401));
  EXPECT_EQ(ends_, 0);
  ASSERT_EQ(upstream_.sent.size(), 2u);
  EXPECT_EQ(KeyOf(1), "B");
  EXPECT_EQ(sent(1).endpoint, sent(0).endpoint);
  EXPECT_EQ(sent(1).deadline, sent(0).deadline);
  EXPECT_EQ(sent(1).request.path, sent(0).request.path);
  EXPECT_EQ(sent(1).request.body, sent(0).request.body);
  EXPECT_EQ(sent(1).request.headers, sent(0).request.headers);
  sent(1).End(Answer(202, kAccepted));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(Reason(), "OK");
  EXPECT_EQ(outcome_.attempts, 2);
  EXPECT_EQ(outcome_.http_status, 202);
  EXPECT_EQ(reply_.message_id(), "msg_1");
  EXPECT_EQ(Usable(), "B");
}

struct SecondEnd {
  AttemptResult result;
  std::string reason;
  int attempts = 2;
};

void PrintTo(const SecondEnd& end, std::ostream* out) { *out << end.reason; }

class SecondEndTest : public KeysTest, public testing::WithParamInterface<SecondEnd> {};

TEST_P(SecondEndTest, IsTheCallsEnd) {
  Send();
  sent(0).End(Answer(401));
  sent(1).End(GetParam().result);
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(Reason(), GetParam().reason);
  EXPECT_EQ(outcome_.attempts, GetParam().attempts);
  EXPECT_EQ(FactsOf(*outcome_.error)["attempts"], std::to_string(GetParam().attempts));
  EXPECT_EQ(Usable(), "A");
  // What it could not settle a probe settles at once.
  ASSERT_EQ(upstream_.sent.size(), 3u);
  EXPECT_EQ(sent(2).request.path, "/me");
  EXPECT_EQ(KeyOf(2), "A");
  sent(2).End(Answer(401));
  sent(3).End(Answer(200));
  EXPECT_EQ(Usable(), "B");
}

INSTANTIATE_TEST_SUITE_P(
    Keys, SecondEndTest,
    testing::Values(SecondEnd{Answer(404, R"({"error":"x"})"), "UPSTREAM_NOT_FOUND"},
                    SecondEnd{Answer(503), "OUTCOME_UNKNOWN"},
                    SecondEnd{Ended(AttemptEnd::kLost, Phase::kSent), "OUTCOME_UNKNOWN"},
                    SecondEnd{Ended(AttemptEnd::kNotSent, Phase::kConnect), "UPSTREAM_UNREACHABLE"},
                    SecondEnd{Ended(AttemptEnd::kDeadline, Phase::kQueue), "DEADLINE_EXCEEDED", 1},
                    SecondEnd{Answer(401), "UPSTREAM_CREDENTIAL_REJECTED"}),
    [](const auto& info) { return info.param.reason + std::to_string(info.index); });

TEST_F(KeysTest, ARefusedKeyIsNoneOfTheAttemptsThatACallMayMake) {
  const auto state = State({.accounts = {{"main", 0}}, .methods = {"*"}});
  state->max_attempts = 2;
  state->accounts[0].keys = keys_;
  pipeline_->Use(state);
  Send();
  sent(0).End(Answer(401));
  sent(1).End(Answer(503));
  EXPECT_EQ(ends_, 0);
  timers_.Ring();
  sent(2).End(Answer(503));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(outcome_.attempts, 3);
}

TEST_F(KeysTest, CallsThatMeetNo401AskForNoProbe) {
  for (const int status : {202, 404, 503}) {
    Send();
    upstream_.sent.back()->End(Answer(status, kAccepted));
  }
  EXPECT_EQ(upstream_.sent.size(), 3u);
  EXPECT_EQ(ends_, 3);
}

TEST_F(KeysTest, CallsGoOnUntilTheProbeHasFoundEveryKeyRefused) {
  Send();
  sent(0).End(Answer(401));
  sent(1).End(Answer(401));
  EXPECT_EQ(Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  EXPECT_EQ(outcome_.error->pushback_ms, kDoNotRepeat);
  EXPECT_TRUE(outcome_.error->alarm);
  // The probe goes out at once, and one alone.
  ASSERT_EQ(upstream_.sent.size(), 3u);
  EXPECT_EQ(sent(2).request.path, "/me");
  Send();
  sent(3).End(Answer(401));
  sent(4).End(Answer(401));
  EXPECT_EQ(Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  sent(2).End(Answer(401));
  ASSERT_EQ(upstream_.sent.size(), 6u);
  sent(5).End(Answer(401));

  EXPECT_EQ(Send(), nullptr);
  EXPECT_EQ(ends_, 3);
  EXPECT_EQ(Reason(), "ACCOUNT_WITHOUT_KEY");
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::UNAVAILABLE);
  EXPECT_GE(outcome_.error->pushback_ms, 30'000);
  EXPECT_LE(outcome_.error->pushback_ms, 36'000);
  EXPECT_TRUE(DetailOf<google::rpc::RetryInfo>(*outcome_.error).has_value());
  EXPECT_FALSE(outcome_.error->alarm);  // The account's own line is.
  EXPECT_EQ(outcome_.attempts, 0);
  EXPECT_EQ(outcome_.account, "main");
  EXPECT_EQ(upstream_.sent.size(), 6u);
}

TEST_F(KeysTest, ARouteThatIsRefusedWithAGoodKeyFailsItsOwnCallsOnly) {
  Send();
  sent(0).End(Answer(401));
  sent(1).End(Answer(401));
  sent(2).End(Answer(200));
  EXPECT_EQ(Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  Send();
  EXPECT_EQ(KeyOf(3), "A");
  sent(3).End(Answer(202, kAccepted));
  EXPECT_EQ(Reason(), "OK");
}

TEST_F(KeysTest, AReplacedKeyIsTriedAsWell) {
  Load(KeySlot::kCurrent, "mistyped");
  Send();
  EXPECT_EQ(KeyOf(0), "mistyped");
  sent(0).End(Answer(401));
  EXPECT_EQ(KeyOf(1), "A");
  sent(1).End(Answer(401));
  EXPECT_EQ(KeyOf(2), "B");
  sent(2).End(Answer(202, kAccepted));
  EXPECT_EQ(Reason(), "OK");
  EXPECT_EQ(outcome_.attempts, 3);
}

TEST_F(KeysTest, AnInvalidRequestIsToldSoWhateverTheKeys) {
  keys_->Learn(keys_->Learn(keys_->Usable(), 401), 401);
  keys_->Learn(keys_->Learn(keys_->BeginProbe(), 401), 401);
  CallInput input;
  input.previous_attempts = 1;
  Send(input);
  EXPECT_EQ(Reason(), "RETRY_WITHOUT_KEY");
}

TEST_F(KeysTest, CancelledWithTheFirstAnswerUnderWayItIsNotTriedAgain) {
  auto call = Send();
  call->Cancel();
  sent(0).End(Answer(401));
  EXPECT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::CANCELLED);
}

TEST_F(KeysTest, AbandonedWithTheFirstAnswerUnderWayARepeatIsSafe) {
  auto call = Send();
  call->Abandon();
  sent(0).End(Answer(401));
  EXPECT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(Reason(), "GATEWAY_DRAINING");
  EXPECT_EQ(outcome_.attempts, 1);
}

TEST_F(KeysTest, CancelReachesTheSecondAttempt) {
  auto call = Send();
  sent(0).End(Answer(401));
  call->Cancel();
  EXPECT_EQ(sent(1).cancels, 1);
  sent(1).End(Ended(AttemptEnd::kCancelled, Phase::kSent));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::CANCELLED);
}

TEST_F(KeysTest, CancelReachesASecondAttemptThatIsJustBeginning) {
  auto call = Send();
  upstream_.on_start = [&](FakeUpstream::Sent&) { call->Cancel(); };
  sent(0).End(Answer(401));
  EXPECT_EQ(sent(1).cancels, 1);
  sent(1).End(Ended(AttemptEnd::kCancelled, Phase::kQueue));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(outcome_.attempts, 1);
}

// The loop may have both attempts under way before the first Start has returned.
TEST_F(KeysTest, AFastAnswerDoesNotLoseTheSecondAttempt) {
  upstream_.on_start = [](FakeUpstream::Sent& first) { first.End(Answer(401)); };
  auto call = Send();
  ASSERT_EQ(upstream_.sent.size(), 2u);
  call->Cancel();
  EXPECT_EQ(sent(0).cancels, 0);
  EXPECT_EQ(sent(1).cancels, 1);
}

TEST_F(KeysTest, WithOneKeyThereIsNoSecondAttempt) {
  keys_->Gone(KeySlot::kNext);
  Send();
  sent(0).End(Answer(401));
  EXPECT_EQ(Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  EXPECT_EQ(outcome_.attempts, 1);
}

}  // namespace
}  // namespace blooio::gateway
