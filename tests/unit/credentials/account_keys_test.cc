// What answers to calls and probes do to the keys of an account.
#include <ostream>

#include "tests/unit/credentials/account_keys_fixture.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Streamable<KeyUse>);

TEST_F(AccountKeysTest, WithoutKeysNoneIsUsable) {
  EXPECT_EQ(Usable(), "-");
  EXPECT_FALSE(marked());
  keys_.Gone(KeySlot::kNext);
  EXPECT_EQ(Text(keys_.BeginProbe()), "-");
}

TEST_F(AccountKeysTest, ARefusedKeyGivesWayToTheOtherInBothDirections) {
  LoadBoth();
  for (int round = 0; round < 3; ++round) {
    for (const auto& [refused, taken] : {std::pair("A", "B"), std::pair("B", "A")}) {
      const KeyUse first = keys_.Usable();
      EXPECT_EQ(Text(first), refused);
      const KeyUse second = keys_.Learn(first, 401);
      EXPECT_EQ(Text(second), taken);
      EXPECT_EQ(Usable(), refused);  // Until it is known to be accepted.
      keys_.Learn(second, 200);
      EXPECT_EQ(Usable(), taken);
      EXPECT_THAT(Told(), ElementsAre("in use"));
    }
  }
  EXPECT_EQ(Text(keys_.BeginProbe()), "-");
}

TEST_F(AccountKeysTest, SixtyFourCallsFollowTheFirstWithoutFlapping) {
  LoadBoth();
  std::vector<KeyUse> uses(64, keys_.Usable());
  keys_.Learn(keys_.Learn(uses[0], 401), 200);
  for (KeyUse& use : uses) {
    use = keys_.Learn(use, 401);
    EXPECT_EQ(Text(use), "B");
    EXPECT_EQ(Usable(), "B");
  }
  for (const KeyUse& use : uses) keys_.Learn(use, 200);
  EXPECT_EQ(Usable(), "B");
  EXPECT_THAT(Told(), ElementsAre("in use"));
}

struct Proof {
  int status;
  std::string in_use;
};

// After a 401 of the key that was in use.
TEST_F(AccountKeysTest, SuccessAloneProvesAKey) {
  for (const Proof& row : {Proof{200, "B"}, Proof{202, "B"}, Proof{0, "A"}, Proof{301, "A"}, Proof{400, "A"},
                           Proof{403, "A"}, Proof{404, "A"}, Proof{409, "A"}, Proof{422, "A"},
                           Proof{429, "A"}, Proof{500, "A"}, Proof{503, "A"}}) {
    SCOPED_TRACE(row.status);
    AccountKeys keys(clock_);
    keys.Load(KeySlot::kCurrent, SecretString(std::string("A")));
    keys.Load(KeySlot::kNext, SecretString(std::string("B")));
    EXPECT_EQ(Text(keys.Learn(keys.Learn(keys.Usable(), 401), row.status)), "-");
    EXPECT_EQ(Text(keys.Usable()), row.in_use);
    // What the call could not settle is the probe's to.
    const KeyUse probe = keys.BeginProbe();
    EXPECT_EQ(Text(probe), row.in_use == "A" ? "A" : "-");
    if (probe.key != nullptr) keys.Learn(keys.Learn(probe, 401), 200);
    EXPECT_EQ(Text(keys.Usable()), "B");
  }
}

TEST_F(AccountKeysTest, WithoutA401NothingIsDoubted) {
  LoadBoth();
  for (const int status : {0, 200, 403, 404, 429, 503}) EXPECT_THAT(Call({status}), ElementsAre("A"));
  EXPECT_EQ(Text(keys_.BeginProbe()), "-");
}

TEST_F(AccountKeysTest, ACallsWordMakesSuspectOnly) {
  LoadBoth();
  EXPECT_THAT(Call({401, 401}), ElementsAre("A", "B"));
  EXPECT_EQ(Usable(), "A");
  EXPECT_THAT(Call({401, 401}), ElementsAre("A", "B"));
  EXPECT_FALSE(marked());
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(AccountKeysTest, TheProbesWordMarks) {
  LoadBoth();
  Call({401, 401});
  clock_.now += absl::Seconds(5);
  EXPECT_THAT(Probe({401, 401}), ElementsAre("A", "B"));
  EXPECT_EQ(keys_.Snapshot().marked_since, clock_.now);
  EXPECT_EQ(Usable(), "-");
  EXPECT_THAT(Told(), ElementsAre("marked"));
}

TEST_F(AccountKeysTest, ARouteThatIsRefusedIsToldAndTakesNothingAway) {
  LoadBoth();
  Call({401, 401});
  EXPECT_THAT(Probe({200}), ElementsAre("A"));
  EXPECT_EQ(Usable(), "A");
  EXPECT_THAT(Told(), ElementsAre("route refused"));
  // Trusted again: no further probe without a further refusal, nor at once after one.
  clock_.now += absl::Minutes(5);
  EXPECT_THAT(Probe({200}), IsEmpty());
  Call({401, 401});
  EXPECT_THAT(Probe({200}), ElementsAre("A"));
  Call({401, 401});
  clock_.now += AccountKeys::kProbePeriod - absl::Milliseconds(1);
  EXPECT_THAT(Probe({200}), IsEmpty());
  clock_.now += absl::Milliseconds(1);
  EXPECT_THAT(Probe({200}), ElementsAre("A"));
}

// Calls that succeed meanwhile do not hide it.
TEST_F(AccountKeysTest, ARefusedRouteAmongGoodOnesIsToldToo) {
  Load(KeySlot::kCurrent, "A");
  Call({401});
  const KeyUse probe = keys_.BeginProbe();
  Call({200});
  Call({401});
  keys_.Learn(probe, 200);
  EXPECT_THAT(Told(), ElementsAre("route refused"));
  EXPECT_EQ(Usable(), "A");
}

TEST_F(AccountKeysTest, AProbeThatSaysNeitherLeavesTheAccountSuspect) {
  LoadBoth();
  for (const std::vector<int>& answers :
       {std::vector<int>{503, 401}, {401, 0}, {404, 404}, {429, 429}, {403, 401}}) {
    Call({401, 401});
    EXPECT_THAT(Probe(answers), ElementsAre("A", "B"));
    EXPECT_EQ(Usable(), "A");
    clock_.now += AccountKeys::kProbePeriod;
  }
  EXPECT_THAT(Probe({401, 401}), ElementsAre("A", "B"));
  EXPECT_TRUE(marked());
}

TEST_F(AccountKeysTest, AProbeChangesToTheKeyItProves) {
  LoadBoth();
  Call({401, 503});
  EXPECT_THAT(Probe({401, 200}), ElementsAre("A", "B"));
  EXPECT_EQ(Usable(), "B");
  EXPECT_THAT(Told(), ElementsAre("in use"));
}

TEST_F(AccountKeysTest, ASuccessThatBeganLaterEndsTheSuspicion) {
  Load(KeySlot::kCurrent, "A");
  const KeyUse slow = keys_.Usable();
  Call({401});
  keys_.Learn(slow, 200);  // May be older than the refusal.
  const KeyUse probe = keys_.BeginProbe();
  EXPECT_EQ(Text(probe), "A");
  Call({200});
  keys_.Learn(probe, 401);
  EXPECT_FALSE(marked());
}

TEST_F(AccountKeysTest, ASuccessThatAMarkOvertookDoesNotEndIt) {
  Load(KeySlot::kCurrent, "A");
  Call({401});
  const KeyUse slow = keys_.Usable();
  Probe({401});
  keys_.Learn(slow, 200);
  EXPECT_TRUE(marked());
}

TEST_F(AccountKeysTest, OldNewsMakeNothingSuspect) {
  LoadBoth();
  const KeyUse slow = keys_.Usable();
  Rotate();
  Rotate();
  ASSERT_EQ(Usable(), "A");
  Go(slow, {401, 401});
  EXPECT_EQ(Text(keys_.BeginProbe()), "-");
  EXPECT_EQ(Usable(), "A");
}

TEST_F(AccountKeysTest, OldNewsPutNothingInFront) {
  LoadBoth();
  const KeyUse slow = keys_.Learn(keys_.Usable(), 401);
  Rotate();
  Rotate();
  keys_.Learn(slow, 200);
  EXPECT_EQ(Usable(), "A");
}

TEST_F(AccountKeysTest, WhileMarkedThereIsNothingToTry) {
  LoadBoth();
  const KeyUse slow = keys_.Usable();
  Mark();
  ASSERT_TRUE(marked());
  EXPECT_EQ(Text(keys_.Learn(slow, 401)), "-");
}

TEST_F(AccountKeysTest, AProbeBringsTheAccountBackWithTheKeyItProved) {
  LoadBoth();
  for (const std::vector<int>& answers : {std::vector<int>{401, 200}, {200}, {503, 200}}) {
    clock_.now += AccountKeys::kProbePeriod;
    Mark();
    ASSERT_TRUE(marked());
    clock_.now += AccountKeys::kProbePeriod;
    const std::string proved = Probe(answers).back();
    EXPECT_FALSE(marked());
    EXPECT_EQ(Usable(), proved);
    EXPECT_EQ(Told()[1], "back");
  }
}

TEST_F(AccountKeysTest, ProbesComeOneAtATimeEveryThirtySeconds) {
  Load(KeySlot::kCurrent, "A");
  Call({401});
  const KeyUse probe = keys_.BeginProbe();
  clock_.now += absl::Hours(1);
  EXPECT_EQ(Text(keys_.BeginProbe()), "-");  // The first one is still under way.
  keys_.Learn(probe, 401);
  EXPECT_THAT(Probe({401}), ElementsAre("A"));
  clock_.now += AccountKeys::kProbePeriod - absl::Milliseconds(1);
  EXPECT_THAT(Probe({401}), IsEmpty());
  clock_.now += absl::Milliseconds(1);
  EXPECT_THAT(Probe({401}), ElementsAre("A"));
  clock_.now -= absl::Hours(1);  // A clock that is set back does not put it off.
  EXPECT_THAT(Probe({401}), ElementsAre("A"));
  EXPECT_THAT(Told(), ElementsAre("marked"));
}

// A mistyped key, or one that Blooio does not know yet.
// What an operator does after a rotation: the next key becomes the current one,
// and the next file goes. In either order, no call notices.
TEST_F(AccountKeysTest, TellsItsStateWithoutTellingAKey) {
  Load(KeySlot::kCurrent, "abc");
  const absl::Time loaded = clock_.now;
  clock_.now += absl::Seconds(7);
  AccountKeys::State state = keys_.Snapshot();
  EXPECT_TRUE(state.slots[0].present && state.slots[0].active);
  EXPECT_EQ(state.slots[0].fingerprint, "ba7816bf");
  EXPECT_EQ(state.slots[0].loaded_at, loaded);
  EXPECT_FALSE(state.slots[1].present || state.slots[1].active);
  EXPECT_FALSE(state.marked_since.has_value());
  Mark();
  state = keys_.Snapshot();
  EXPECT_EQ(state.marked_since, clock_.now);
  EXPECT_FALSE(state.slots[0].active);
}

// A SecretString wipes itself when it ends: so it has to end with its last use.
}  // namespace
}  // namespace blooio::gateway
