#include "service/pipeline/key_probe.h"

#include <gtest/gtest.h>

#include "service/telemetry/call_metrics.h"
#include "tests/unit/pipeline/fake_upstream.h"
#include "tests/unit/telemetry/exposition.h"

namespace blooio::gateway {
namespace {

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

class KeyProbeTest : public ::testing::Test {
 protected:
  KeyProbeTest() {
    keys_->Load(KeySlot::kCurrent, SecretString(std::string("A")));
    keys_->Load(KeySlot::kNext, SecretString(std::string("B")));
  }
  std::shared_ptr<KeyProbe> Make(const std::string& v4) {
    return std::make_shared<KeyProbe>(keys_, std::make_shared<const Endpoint>(Endpoint{v4}), upstream_,
                                      clock_, calls_.Account("main"));
  }
  // A call that is refused with every key.
  void Refuse() { keys_->Learn(keys_->Learn(keys_->Usable(), 401), 401); }
  bool marked() const { return keys_->Snapshot().marked_since.has_value(); }
  size_t sent() const { return upstream_.sent.size(); }
  // Ends the newest attempt.
  void End(AttemptResult result) {
    const auto last = upstream_.sent.back();
    last->End(std::move(result));
  }

  // How often the attempts came to this, by the metrics.
  double Counted(const std::string& result) const {
    return blooio::testing::ReadExposition(
        metrics_.Text())[R"(blooio_gateway_upstream_attempts_total{account="main",api="v4",result=")" +
                         result + "\"}"];
  }

  Metrics metrics_;
  CallMetrics calls_{metrics_};
  FakeClock clock_;
  FakeUpstream upstream_;
  std::shared_ptr<AccountKeys> keys_ = std::make_shared<AccountKeys>(clock_);
  std::shared_ptr<KeyProbe> probe_ = Make("http://v4");
};

TEST_F(KeyProbeTest, LeavesAnAccountAloneThatIsNotSuspect) {
  probe_->Tick();
  EXPECT_EQ(sent(), 0u);
}

TEST_F(KeyProbeTest, AsksAtOnceWithEachKeyInTurn) {
  Refuse();
  probe_->Tick();
  ASSERT_EQ(sent(), 1u);
  const auto& first = *upstream_.sent[0];
  EXPECT_EQ(first.endpoint->base_url, "http://v4");
  EXPECT_EQ(first.request.verb, Verb::kGet);
  EXPECT_EQ(first.request.path, "/me");
  EXPECT_TRUE(first.request.read_only);
  EXPECT_EQ(first.key->Reveal(), "A");
  EXPECT_EQ(first.deadline, clock_.now + absl::Seconds(10));
  End(Answer(401));
  ASSERT_EQ(sent(), 2u);
  EXPECT_EQ(upstream_.sent[1]->key->Reveal(), "B");
  EXPECT_FALSE(marked());
  End(Answer(401));
  EXPECT_TRUE(marked());
  EXPECT_EQ(sent(), 2u);
}

TEST_F(KeyProbeTest, CountsItsAttempts) {
  Refuse();
  probe_->Tick();
  End(Answer(401));
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  clock_.now += AccountKeys::kProbePeriod;
  probe_->Tick();
  // Nothing began here.
  End(Ended(AttemptEnd::kDeadline, Phase::kQueue));
  End(Answer(200));
  EXPECT_EQ(Counted("4xx"), 1);
  EXPECT_EQ(Counted("2xx"), 1);
  EXPECT_EQ(Counted("lost"), 1);
  EXPECT_EQ(Counted("deadline"), 0);
}

// As many as there are reloads: each makes one.
TEST_F(KeyProbeTest, AnotherOneForTheSameKeysAsksNoSooner) {
  for (int i = 0; i < 20; ++i) {
    Refuse();
    Make("http://new")->Tick();
    if (i == 0) {
      End(Answer(401));
      End(Answer(401));
    }
  }
  EXPECT_EQ(sent(), 2u);
  clock_.now += AccountKeys::kProbePeriod;
  Make("http://new")->Tick();
  EXPECT_EQ(sent(), 3u);
}

// An answer is one when it has arrived, and no matter what status was seen before.
TEST_F(KeyProbeTest, KnowsAnAnswerFromNone) {
  for (const AttemptEnd end :
       {AttemptEnd::kLost, AttemptEnd::kNotSent, AttemptEnd::kDeadline, AttemptEnd::kCancelled}) {
    for (const int status : {0, 200, 401}) {
      clock_.now += AccountKeys::kProbePeriod;
      Refuse();
      probe_->Tick();
      const size_t before = sent();
      AttemptResult result = Ended(end, Phase::kSent);
      result.status = status;
      End(result);
      ASSERT_EQ(sent(), before + 1);
      End(result);
      EXPECT_FALSE(marked());
      EXPECT_EQ(keys_->Usable().key->Reveal(), "A");
    }
  }
}

TEST_F(KeyProbeTest, LivesUntilItsAttemptHasEnded) {
  Refuse();
  probe_->Tick();
  const std::weak_ptr<KeyProbe> probe = probe_;
  probe_.reset();
  EXPECT_FALSE(probe.expired());
  End(Answer(200));
  EXPECT_TRUE(probe.expired());
}

}  // namespace
}  // namespace blooio::gateway
