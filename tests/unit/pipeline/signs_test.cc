// What the end of an attempt tells the circuit, and the circuit a call that waited.
#include <gmock/gmock.h>

#include "tests/unit/pipeline/limits_fixture.h"

namespace blooio::gateway {
namespace {

class SignsTest : public LimitsTest {
 protected:
  SignsTest() {
    const auto state = State({.accounts = {{"main", 0}}, .methods = {"*"}});
    state->accounts[0].v4_circuit = circuit_;
    pipeline_->Use(state);
  }
  // Five ends of this kind in a row.
  bool Opens(AttemptEnd end, Phase phase, absl::Duration took, absl::Duration queued) {
    for (int i = 0; i < 5 && !circuit_->open(); ++i) {
      List();
      AttemptResult result = Ended(end, phase);
      result.took = took;
      result.queued = queued;
      upstream_.sent.back()->End(std::move(result));
    }
    return circuit_->open();
  }

  std::shared_ptr<Circuit> circuit_ = std::make_shared<Circuit>(clock_, randomness_);
};

TEST_F(SignsTest, OurOwnQueueSaysNothingOfTheUpstream) {
  EXPECT_FALSE(Opens(AttemptEnd::kNotSent, Phase::kConnect, absl::Seconds(3), absl::Seconds(3)));
  EXPECT_TRUE(Opens(AttemptEnd::kNotSent, Phase::kConnect, absl::Seconds(3), absl::Seconds(2)));
}

TEST_F(SignsTest, ADeadlineThatCameSoonSaysNothingOfTheUpstream) {
  EXPECT_FALSE(Opens(AttemptEnd::kDeadline, Phase::kConnect, absl::Milliseconds(900), {}));
  EXPECT_TRUE(Opens(AttemptEnd::kDeadline, Phase::kConnect, absl::Seconds(1), {}));
}

TEST_F(SignsTest, ACallThatWaitedIsNotSentWithoutTheTimeForIt) {
  circuit_->Answered(absl::Seconds(2));
  LimitAccount(1, absl::Seconds(5));
  List();
  List(absl::Seconds(1));
  ASSERT_EQ(Waiting(), 1u);
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(upstream_.sent.size(), 1u);
  ASSERT_TRUE(outcome_.error.has_value());
  EXPECT_EQ(ReasonOf(*outcome_.error), "DEADLINE_EXCEEDED");
  EXPECT_EQ(FactsOf(*outcome_.error)["phase"], "queue");
}

}  // namespace
}  // namespace blooio::gateway
