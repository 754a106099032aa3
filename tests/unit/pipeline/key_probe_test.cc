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
  void Mark() { keys_->Rejected(keys_->Rejected(keys_->Usable())); }
  bool marked() const { return keys_->marked_since().has_value(); }
  size_t sent() const { return upstream_.sent.size(); }
  void Tick(absl::Duration later = absl::ZeroDuration()) {
    clock_.now += later;
    probe_->Tick();
  }
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
  std::shared_ptr<KeyProbe> probe_ =
      std::make_shared<KeyProbe>("main", keys_, std::make_shared<const Endpoint>(Endpoint{"http://v4"}),
                                 upstream_, clock_, &calls_.Account("main"));
};

TEST_F(KeyProbeTest, LeavesAnAccountAloneThatIsNotMarked) {
  Tick(absl::Hours(1));
  EXPECT_EQ(sent(), 0u);
}

TEST_F(KeyProbeTest, AsksAtOnceWithEachKeyInTurn) {
  Mark();
  Tick();
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
  End(Answer(200));
  EXPECT_FALSE(marked());
  EXPECT_EQ(keys_->Usable().key->Reveal(), "B");
  Tick(absl::Hours(1));
  EXPECT_EQ(sent(), 2u);
}

TEST_F(KeyProbeTest, ThenEveryThirtySecondsOneAtATime) {
  Mark();
  Tick();
  Tick(absl::Hours(1));  // The first one is still under way.
  EXPECT_EQ(sent(), 1u);
  End(Answer(401));
  End(Answer(401));
  EXPECT_EQ(sent(), 2u);
  Tick();
  EXPECT_EQ(sent(), 3u);
  End(Answer(401));
  End(Answer(401));
  Tick(absl::Seconds(29));
  EXPECT_EQ(sent(), 4u);
  Tick(absl::Seconds(1));
  EXPECT_EQ(sent(), 5u);
}

TEST_F(KeyProbeTest, AClockThatIsSetBackDoesNotPutItOff) {
  Mark();
  Tick();
  End(Answer(401));
  End(Answer(401));
  Tick(-absl::Hours(1));
  EXPECT_EQ(sent(), 3u);
}

TEST_F(KeyProbeTest, AnAccountMarkedAgainLaterIsAskedForAtOnceAgain) {
  Mark();
  Tick();
  End(Answer(200));
  clock_.now += absl::Seconds(30);
  Mark();
  Tick();
  EXPECT_EQ(sent(), 2u);
}

TEST_F(KeyProbeTest, ANewKeyThatIsRefusedIsAReasonToAskAtOnce) {
  Mark();
  Tick();
  End(Answer(401));
  End(Answer(401));
  clock_.now += absl::Milliseconds(1);
  keys_->Load(KeySlot::kCurrent, SecretString(std::string("C")));
  Mark();
  Tick();
  EXPECT_EQ(sent(), 3u);
}

// As where the probe's API takes a key that the calls' API refuses.
TEST_F(KeyProbeTest, AnUpstreamThatTakesBackWhatItSaysIsAskedEveryThirtySeconds) {
  Mark();
  Tick();
  End(Answer(200));
  for (size_t probes = 1; probes < 4; ++probes) {
    clock_.now += absl::Milliseconds(1);
    Mark();
    Tick();
    Tick(KeyProbe::kPeriod - absl::Milliseconds(2));
    EXPECT_EQ(sent(), probes);
    Tick(absl::Milliseconds(1));
    EXPECT_EQ(sent(), probes + 1);
    End(Answer(200));
    EXPECT_FALSE(marked());
  }
}

TEST_F(KeyProbeTest, AMarkThatComesDuringAProbeIsNotForgotten) {
  Mark();
  Tick();
  clock_.now += absl::Milliseconds(1);
  keys_->Load(KeySlot::kCurrent, SecretString(std::string("C")));
  Mark();
  Tick();
  EXPECT_EQ(sent(), 1u);
  End(Answer(200));
  EXPECT_TRUE(marked());
  Tick();
  EXPECT_EQ(sent(), 2u);
}

TEST_F(KeyProbeTest, CountsItsAttempts) {
  Mark();
  Tick();
  End(Answer(401));
  End(Answer(200));
  Mark();
  Tick(absl::Seconds(31));
  End(Ended(AttemptEnd::kLost, Phase::kSent));
  // Nothing began here.
  End(Ended(AttemptEnd::kDeadline, Phase::kQueue));
  EXPECT_EQ(Counted("4xx"), 1);
  EXPECT_EQ(Counted("2xx"), 1);
  EXPECT_EQ(Counted("lost"), 1);
  EXPECT_EQ(Counted("deadline"), 0);
}

struct Row {
  AttemptResult result;
  bool proves;
};

TEST_F(KeyProbeTest, KnowsWhichAnswersProveAKey) {
  for (const Row& row :
       {Row{Answer(200), true}, Row{Answer(204), true}, Row{Answer(301), false}, Row{Answer(403), false},
        Row{Answer(404), false}, Row{Answer(501), false}, Row{Answer(503), false}, Row{Answer(429), false},
        Row{Answer(401), false}, Row{Ended(AttemptEnd::kLost, Phase::kSent), false},
        Row{Ended(AttemptEnd::kNotSent, Phase::kConnect), false},
        Row{Ended(AttemptEnd::kCancelled, Phase::kQueue), false},
        Row{Ended(AttemptEnd::kDeadline, Phase::kConnect), false}}) {
    SCOPED_TRACE(row.result.status);
    clock_.now += absl::Minutes(1);
    Mark();
    const size_t before = sent();
    Tick();
    ASSERT_EQ(sent(), before + 1);
    End(row.result);
    EXPECT_EQ(marked(), !row.proves);
    EXPECT_EQ(sent(), before + (row.proves ? 1 : 2));
    if (!row.proves) End(Answer(401));
  }
}

// A new key file brings the account back while its probe is under way.
TEST_F(KeyProbeTest, AProbeThatWasOvertakenChangesNothing) {
  Mark();
  Tick();
  keys_->Load(KeySlot::kNext, SecretString(std::string("C")));
  End(Answer(200));
  EXPECT_EQ(keys_->Usable().key->Reveal(), "C");
}

TEST_F(KeyProbeTest, LivesUntilItsAttemptHasEnded) {
  Mark();
  Tick();
  const std::weak_ptr<KeyProbe> probe = probe_;
  probe_.reset();
  EXPECT_FALSE(probe.expired());
  End(Answer(200));
  EXPECT_FALSE(marked());
  EXPECT_TRUE(probe.expired());
}

}  // namespace
}  // namespace blooio::gateway
