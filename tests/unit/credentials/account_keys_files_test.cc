// What new, bad and missing files do to the keys of an account.
#include "tests/unit/credentials/account_keys_fixture.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(AccountKeysTest, TheFirstKeyIsInUseWhateverItsSlot) {
  EXPECT_TRUE(Load(KeySlot::kNext, "B"));
  EXPECT_EQ(Usable(), "B");
  EXPECT_TRUE(Load(KeySlot::kCurrent, "A"));
  EXPECT_EQ(Usable(), "B");
}

TEST_F(AccountKeysTest, TheSameKeyInBothSlotsIsNoSecondOne) {
  Load(KeySlot::kCurrent, "A");
  EXPECT_TRUE(Load(KeySlot::kNext, "A"));
  EXPECT_THAT(Call({401}), ElementsAre("A"));
  EXPECT_THAT(Probe({401}), ElementsAre("A"));
  EXPECT_TRUE(marked());
}

TEST_F(AccountKeysTest, ACallThatANewFileOvertookTakesItsKey) {
  Load(KeySlot::kCurrent, "A");
  const KeyUse use = keys_.Usable();
  Load(KeySlot::kCurrent, "C");
  EXPECT_EQ(Text(keys_.Learn(use, 401)), "C");
}

TEST_F(AccountKeysTest, FilesThatKeepChangingDoNotHoldUpACall) {
  Load(KeySlot::kCurrent, "0");
  KeyUse use = keys_.Usable();
  int tries = 0;
  while (use.key != nullptr && tries < 100) {
    Load(KeySlot::kCurrent, std::to_string(++tries));
    use = keys_.Learn(std::move(use), 401);
  }
  EXPECT_EQ(tries, 4);
}

TEST_F(AccountKeysTest, ANewKeyBringsTheAccountBackAndIsAReasonToAskAtOnce) {
  for (const KeySlot slot : {KeySlot::kCurrent, KeySlot::kNext}) {
    LoadBoth();
    Mark();
    ASSERT_TRUE(marked());
    EXPECT_FALSE(Load(KeySlot::kCurrent, "A"));  // The same one does not.
    EXPECT_FALSE(Load(KeySlot::kNext, "B"));
    EXPECT_TRUE(marked());
    Told();
    EXPECT_TRUE(Load(slot, "C"));
    EXPECT_FALSE(marked());
    EXPECT_EQ(Usable(), "C");
    EXPECT_THAT(Told(), ElementsAre("back"));
    Mark();
    EXPECT_TRUE(marked());
    Load(slot, "D");
    Call({200});
  }
}

TEST_F(AccountKeysTest, AProbeThatANewKeyOvertookChangesNothing) {
  LoadBoth();
  Mark();
  clock_.now += AccountKeys::kProbePeriod;
  const KeyUse probe = keys_.BeginProbe();
  Load(KeySlot::kNext, "C");
  keys_.Learn(probe, 200);
  EXPECT_EQ(Usable(), "C");
}

TEST_F(AccountKeysTest, NewContentTakesThePlaceOfTheOld) {
  LoadBoth();
  Load(KeySlot::kNext, "C");
  EXPECT_EQ(Usable(), "A");
  Load(KeySlot::kCurrent, "D");
  EXPECT_EQ(Usable(), "D");
  Call({200});
  EXPECT_THAT(Call({401, 200}), ElementsAre("D", "C"));
  EXPECT_EQ(Usable(), "C");
  Load(KeySlot::kCurrent, "E");
  EXPECT_EQ(Usable(), "C");
}

TEST_F(AccountKeysTest, AReplacedKeyStandsInUntilTheNewOneHasProvedItself) {
  Load(KeySlot::kCurrent, "A");
  const std::weak_ptr<const SecretString> a = keys_.Usable().key;
  Load(KeySlot::kCurrent, "mistyped");
  EXPECT_THAT(Call({401, 200}), ElementsAre("mistyped", "A"));
  EXPECT_EQ(Usable(), "A");
  EXPECT_THAT(Told(), ElementsAre("replaced in use"));
  EXPECT_TRUE(keys_.Snapshot().slots[2].active);
  Load(KeySlot::kCurrent, "again mistyped");
  EXPECT_THAT(Call({401, 200}), ElementsAre("again mistyped", "A"));
  Load(KeySlot::kCurrent, "C");
  EXPECT_THAT(Call({200}), ElementsAre("C"));
  EXPECT_TRUE(a.expired());
  EXPECT_THAT(Call({401}), ElementsAre("C"));
  EXPECT_FALSE(keys_.Snapshot().slots[2].present);
}

TEST_F(AccountKeysTest, AKeyThatIsNotKnownYetIsTakenUpLater) {
  Load(KeySlot::kCurrent, "A");
  Load(KeySlot::kCurrent, "early");
  EXPECT_THAT(Call({401, 200}), ElementsAre("early", "A"));
  EXPECT_THAT(Call({401, 200}), ElementsAre("A", "early"));
  EXPECT_EQ(Usable(), "early");
  EXPECT_THAT(Call({401}), ElementsAre("early"));
}

TEST_F(AccountKeysTest, AReplacedKeyThatComesBackToItsFileIsInUseAgain) {
  Load(KeySlot::kCurrent, "A");
  Load(KeySlot::kCurrent, "mistyped");
  EXPECT_TRUE(Load(KeySlot::kCurrent, "A"));
  EXPECT_THAT(Call({200}), ElementsAre("A"));
  EXPECT_TRUE(keys_.Snapshot().slots[0].active);
  EXPECT_THAT(Call({401}), ElementsAre("A"));
}

TEST_F(AccountKeysTest, HalvesOfAFileCrowdOutNoGoodKey) {
  LoadBoth();
  Rotate();
  for (const std::string half : {"1", "12", "123"}) {
    Load(KeySlot::kCurrent, half);
    Load(KeySlot::kNext, half + "n");
  }
  EXPECT_THAT(Call({401, 401, 200}), ElementsAre("123n", "B", "123"));
  Load(KeySlot::kNext, "1234n");
  EXPECT_THAT(Call({401, 401}), ElementsAre("123", "1234n"));
}

TEST_F(AccountKeysTest, AWaitingKeyThatWasReplacedCannotComeBack) {
  LoadBoth();
  Call({200});
  const KeyUse second = keys_.Learn(keys_.Usable(), 401);
  Load(KeySlot::kNext, "C");
  keys_.Learn(second, 200);
  EXPECT_EQ(Usable(), "A");
  EXPECT_EQ(Text(keys_.Learn(keys_.Usable(), 401)), "C");
}

TEST_F(AccountKeysTest, WithoutItsFileAWaitingKeyIsGone) {
  LoadBoth();
  keys_.Gone(KeySlot::kNext);
  keys_.Gone(KeySlot::kNext);
  EXPECT_THAT(Call({401}), ElementsAre("A"));
  EXPECT_TRUE(Load(KeySlot::kNext, "B"));
}

TEST_F(AccountKeysTest, WithoutItsFileTheKeyInUseStaysUntilAnotherTakesOver) {
  LoadBoth();
  Rotate();
  keys_.Gone(KeySlot::kNext);
  EXPECT_EQ(Usable(), "B");
  Load(KeySlot::kNext, "B");  // It was back meanwhile.
  keys_.Gone(KeySlot::kNext);
  Load(KeySlot::kCurrent, "C");
  EXPECT_THAT(Call({200}), ElementsAre("C"));
  EXPECT_THAT(Call({401}), ElementsAre("C"));
}

TEST_F(AccountKeysTest, AfterARotationTheNextKeyMovesUp) {
  for (const bool file_first : {true, false}) {
    LoadBoth();
    if (Usable() == "A") Rotate();
    if (file_first) keys_.Gone(KeySlot::kNext);
    Load(KeySlot::kCurrent, "B");
    if (!file_first) keys_.Gone(KeySlot::kNext);
    EXPECT_EQ(Usable(), "B");
    const AccountKeys::State state = keys_.Snapshot();
    EXPECT_TRUE(state.slots[0].active);
    EXPECT_FALSE(state.slots[1].present || state.slots[2].present);
    EXPECT_THAT(Call({401}), ElementsAre("B"));
  }
}

TEST_F(AccountKeysTest, AFileThatGoesDoesNotBringAMarkedAccountBack) {
  LoadBoth();
  Mark();
  keys_.Gone(KeySlot::kNext);
  EXPECT_TRUE(marked());
  clock_.now += AccountKeys::kProbePeriod;
  EXPECT_THAT(Probe({401}), ElementsAre("A"));
}

TEST_F(AccountKeysTest, AReplacedKeyEndsWithItsLastUse) {
  Load(KeySlot::kCurrent, "A");
  KeyUse use = keys_.Usable();
  const std::weak_ptr<const SecretString> replaced = use.key;
  Load(KeySlot::kCurrent, "C");
  Call({200});
  EXPECT_FALSE(replaced.expired());
  use = {};
  EXPECT_TRUE(replaced.expired());
}

}  // namespace
}  // namespace blooio::gateway
