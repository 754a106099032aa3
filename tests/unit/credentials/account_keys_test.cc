#include "service/credentials/account_keys.h"

#include <gmock/gmock.h>

#include <ostream>
#include <string>

namespace blooio::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Streamable<KeyUse>);

class AccountKeysTest : public testing::Test {
 protected:
  bool Load(KeySlot slot, const std::string& text) {
    return keys_.Load(slot, SecretString(std::string(text)));
  }
  void LoadBoth() {
    Load(KeySlot::kCurrent, "A");
    Load(KeySlot::kNext, "B");
  }
  // "A", or "-" without a key.
  static std::string Text(const KeyUse& use) { return use.key ? std::string(use.key->Reveal()) : "-"; }
  std::string Usable() const { return Text(keys_.Usable()); }
  bool marked() const { return keys_.marked_since().has_value(); }
  std::vector<std::string> ToProbe() const {
    std::vector<std::string> texts;
    for (const KeyUse& use : keys_.ToProbe()) texts.push_back(Text(use));
    return texts;
  }
  // A call that finds both keys refused.
  void RejectAll() { keys_.Rejected(keys_.Rejected(keys_.Usable())); }

  FakeClock clock_;
  AccountKeys keys_{clock_};
};

TEST_F(AccountKeysTest, WithoutKeysNoneIsUsable) {
  EXPECT_EQ(Usable(), "-");
  EXPECT_FALSE(marked());
}

TEST_F(AccountKeysTest, TheFirstKeyIsActiveWhateverItsSlot) {
  EXPECT_TRUE(Load(KeySlot::kNext, "B"));
  EXPECT_EQ(Usable(), "B");
  EXPECT_TRUE(Load(KeySlot::kCurrent, "A"));
  EXPECT_EQ(Usable(), "B");
}

TEST_F(AccountKeysTest, ARefusedKeyGivesWayToTheOtherInBothDirections) {
  LoadBoth();
  for (int round = 0; round < 3; ++round) {
    for (const auto& [refused, taken] : {std::pair("A", "B"), std::pair("B", "A")}) {
      const KeyUse first = keys_.Usable();
      EXPECT_EQ(Text(first), refused);
      const KeyUse second = keys_.Rejected(first);
      EXPECT_EQ(Text(second), taken);
      EXPECT_EQ(Usable(), refused);  // Until it is known to be accepted.
      keys_.Accepted(second);
      EXPECT_EQ(Usable(), taken);
    }
  }
  EXPECT_FALSE(marked());
}

TEST_F(AccountKeysTest, SixtyFourCallsFollowTheFirstWithoutFlapping) {
  LoadBoth();
  std::vector<KeyUse> uses(64, keys_.Usable());
  keys_.Accepted(keys_.Rejected(uses[0]));
  for (KeyUse& use : uses) {
    use = keys_.Rejected(use);
    EXPECT_EQ(Text(use), "B");
    EXPECT_EQ(Usable(), "B");
  }
  for (const KeyUse& use : uses) keys_.Accepted(use);
  EXPECT_EQ(Usable(), "B");
  EXPECT_FALSE(marked());
}

TEST_F(AccountKeysTest, BothRefusedByOneCallMarkTheAccount) {
  LoadBoth();
  const KeyUse second = keys_.Rejected(keys_.Usable());
  EXPECT_FALSE(marked());
  clock_.now += absl::Seconds(5);
  EXPECT_EQ(Text(keys_.Rejected(second)), "-");
  EXPECT_EQ(keys_.marked_since(), clock_.now);
  EXPECT_EQ(Usable(), "-");
  EXPECT_THAT(ToProbe(), ElementsAre("A", "B"));
}

TEST_F(AccountKeysTest, TheOnlyKeyRefusedMarksTheAccount) {
  Load(KeySlot::kCurrent, "A");
  EXPECT_EQ(Text(keys_.Rejected(keys_.Usable())), "-");
  EXPECT_TRUE(marked());
  EXPECT_THAT(ToProbe(), ElementsAre("A"));
}

TEST_F(AccountKeysTest, TheSameKeyInBothSlotsIsNoSecondOne) {
  Load(KeySlot::kCurrent, "A");
  EXPECT_TRUE(Load(KeySlot::kNext, "A"));
  EXPECT_EQ(Text(keys_.Rejected(keys_.Usable())), "-");
  EXPECT_TRUE(marked());
  EXPECT_THAT(ToProbe(), ElementsAre("A"));
}

TEST_F(AccountKeysTest, OldNewsMarkNothing) {
  LoadBoth();
  const KeyUse slow = keys_.Usable();
  // The other call has B taken, then A again.
  keys_.Accepted(keys_.Rejected(keys_.Usable()));
  keys_.Accepted(keys_.Rejected(keys_.Usable()));
  ASSERT_EQ(Usable(), "A");
  EXPECT_EQ(Text(keys_.Rejected(keys_.Rejected(slow))), "-");
  EXPECT_FALSE(marked());
  EXPECT_EQ(Usable(), "A");
}

TEST_F(AccountKeysTest, OldNewsMakeNothingActive) {
  LoadBoth();
  const KeyUse slow = keys_.Rejected(keys_.Usable());
  keys_.Accepted(keys_.Rejected(keys_.Usable()));
  keys_.Accepted(keys_.Rejected(keys_.Usable()));
  keys_.Accepted(slow);
  EXPECT_EQ(Usable(), "A");
}

TEST_F(AccountKeysTest, ACallThatANewFileOvertookTakesItsKey) {
  Load(KeySlot::kCurrent, "A");
  const KeyUse use = keys_.Usable();
  Load(KeySlot::kCurrent, "C");
  EXPECT_EQ(Text(keys_.Rejected(use)), "C");
  EXPECT_FALSE(marked());
}

TEST_F(AccountKeysTest, WhileMarkedThereIsNothingToTry) {
  LoadBoth();
  const KeyUse slow = keys_.Usable();
  RejectAll();
  ASSERT_TRUE(marked());
  EXPECT_EQ(Text(keys_.Rejected(slow)), "-");
}

TEST_F(AccountKeysTest, AProbeBringsTheAccountBackWithTheKeyItProved) {
  LoadBoth();
  for (const size_t proved : {1, 0}) {
    RejectAll();
    const std::vector<KeyUse> uses = keys_.ToProbe();
    ASSERT_EQ(uses.size(), 2u);
    keys_.Accepted(uses[proved]);
    EXPECT_FALSE(marked());
    EXPECT_EQ(Usable(), Text(uses[proved]));
    EXPECT_THAT(ToProbe(), IsEmpty());
  }
}

TEST_F(AccountKeysTest, AProbeThatANewMarkOvertookChangesNothing) {
  LoadBoth();
  RejectAll();
  const std::vector<KeyUse> old = keys_.ToProbe();
  keys_.Accepted(keys_.ToProbe()[0]);
  RejectAll();
  keys_.Accepted(old[1]);
  EXPECT_TRUE(marked());
}

TEST_F(AccountKeysTest, ANewKeyBringsTheAccountBack) {
  for (const KeySlot slot : {KeySlot::kCurrent, KeySlot::kNext}) {
    LoadBoth();
    RejectAll();
    ASSERT_TRUE(marked());
    EXPECT_FALSE(Load(KeySlot::kCurrent, "A"));  // The same one does not.
    EXPECT_FALSE(Load(KeySlot::kNext, "B"));
    EXPECT_TRUE(marked());
    EXPECT_TRUE(Load(slot, "C"));
    EXPECT_FALSE(marked());
    EXPECT_EQ(Usable(), "C");
  }
}

TEST_F(AccountKeysTest, NewContentOfTheActiveSlotIsActiveOfTheOtherWaits) {
  LoadBoth();
  Load(KeySlot::kNext, "C");
  EXPECT_EQ(Usable(), "A");
  Load(KeySlot::kCurrent, "D");
  EXPECT_EQ(Usable(), "D");
  keys_.Accepted(keys_.Rejected(keys_.Usable()));
  EXPECT_EQ(Usable(), "C");
  Load(KeySlot::kCurrent, "E");
  EXPECT_EQ(Usable(), "C");
}

TEST_F(AccountKeysTest, AKeyThatWasReplacedCannotComeBack) {
  LoadBoth();
  const KeyUse second = keys_.Rejected(keys_.Usable());
  Load(KeySlot::kNext, "C");
  keys_.Accepted(second);
  EXPECT_EQ(Usable(), "A");
  EXPECT_EQ(Text(keys_.Rejected(keys_.Usable())), "C");
}

TEST_F(AccountKeysTest, WithoutItsFileAWaitingKeyIsGone) {
  LoadBoth();
  keys_.Gone(KeySlot::kNext);
  keys_.Gone(KeySlot::kNext);
  EXPECT_EQ(Text(keys_.Rejected(keys_.Usable())), "-");
  EXPECT_TRUE(marked());
  EXPECT_TRUE(Load(KeySlot::kNext, "B"));
}

TEST_F(AccountKeysTest, WithoutItsFileTheActiveKeyStaysUntilAnotherTakesOver) {
  LoadBoth();
  keys_.Accepted(keys_.Rejected(keys_.Usable()));
  keys_.Gone(KeySlot::kNext);
  EXPECT_EQ(Usable(), "B");
  EXPECT_FALSE(Load(KeySlot::kNext, "B"));  // It was back meanwhile.
  keys_.Gone(KeySlot::kNext);
  Load(KeySlot::kCurrent, "C");
  EXPECT_EQ(Usable(), "C");
  EXPECT_FALSE(keys_.Snapshot().slots[1].present);
}

// What an operator does after a rotation: the next key becomes the current one,
// and the next file goes. In either order, no call notices.
TEST_F(AccountKeysTest, AfterARotationTheNextKeyMovesUp) {
  for (const bool file_first : {true, false}) {
    LoadBoth();
    keys_.Accepted(keys_.Rejected(keys_.Usable()));
    if (file_first) keys_.Gone(KeySlot::kNext);
    Load(KeySlot::kCurrent, "B");
    if (!file_first) keys_.Gone(KeySlot::kNext);
    EXPECT_EQ(Usable(), "B");
    const AccountKeys::State state = keys_.Snapshot();
    EXPECT_TRUE(state.slots[0].active);
    EXPECT_FALSE(state.slots[1].present);
  }
}

TEST_F(AccountKeysTest, AFileThatGoesDoesNotBringAMarkedAccountBack) {
  LoadBoth();
  RejectAll();
  keys_.Gone(KeySlot::kNext);
  EXPECT_TRUE(marked());
  EXPECT_THAT(ToProbe(), ElementsAre("A"));
}

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
  RejectAll();
  state = keys_.Snapshot();
  EXPECT_EQ(state.marked_since, clock_.now);
  EXPECT_FALSE(state.slots[0].active);
}

// A SecretString wipes itself when it ends: so it has to end with its last use.
TEST_F(AccountKeysTest, AReplacedKeyEndsWithItsLastUse) {
  Load(KeySlot::kCurrent, "A");
  KeyUse use = keys_.Usable();
  const std::weak_ptr<const SecretString> replaced = use.key;
  Load(KeySlot::kCurrent, "C");
  EXPECT_FALSE(replaced.expired());
  use = {};
  EXPECT_TRUE(replaced.expired());
}

}  // namespace
}  // namespace blooio::gateway
