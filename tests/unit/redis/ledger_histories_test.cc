// The histories of tests/unit/ledger on a real Redis, with messages to it that are lost or
// late, and with losses of all that it knew.
#include <iostream>
#include <string>

#include "tests/unit/ledger/histories.h"
#include "tests/unit/redis/ledger_fixture.h"

namespace blooio::gateway {
namespace {

class LedgerHistories : public LedgerFixture, public Subject {
 public:
  ReferenceLedger::Heard Begin(int id, int payload, uint64_t* claim, const Claim& terms,
                               int64_t now) override {
    now_ = now * kSecond;
    return Heard(LedgerBegin(
        scope_, ClaimOf(id, payload, *claim),
        {.lasts = terms.lasts, .resumable = terms.resumable, .known_only = terms.known_only}, now_));
  }
  ReferenceLedger::Heard Look(int id, int64_t now) override {
    now_ = now * kSecond;
    return Heard(LedgerLook(scope_, IdOf(id), now_));
  }
  void Settle(int id, int payload, uint64_t claim, const Settlement& settlement, int64_t now) override {
    constexpr LedgerEnd kEnds[] = {LedgerEnd::kDone, LedgerEnd::kNotDone, LedgerEnd::kUnknown};
    now_ = now * kSecond;
    Run(LedgerSettle(scope_, ClaimOf(id, payload, claim), kEnds[settlement.kind], settlement.reply, now_));
  }
  void MoveOn(int64_t now) override { Run(LedgerMoveOn(scope_, now * kSecond)); }
  void Beat(int gateway, int64_t told, int64_t now) override {
    Run(LedgerBeat(scope_, Cat(gateway), told * kSecond, now * kSecond));
  }
  void Leave(int gateway, int64_t now) override { Run(LedgerLeave(scope_, Cat(gateway), now * kSecond)); }
  void LoseAll() override { redis_->Say({"FLUSHALL"}); }

 protected:
  LedgerHistories() {
    scope_.max_entries = History::kOptions.max_entries;
    scope_.retention = absl::Seconds(History::kOptions.retention);
    now_ = History::kStart * kSecond;
  }
  static LedgerClaim ClaimOf(int id, int payload, uint64_t claim) {
    return {.id = IdOf(id), .payload = Cat("a", payload), .claim = Cat(absl::Hex(claim))};
  }
  static ReferenceLedger::Heard Heard(ScriptCall call) {
    constexpr Standing kStandings[] = {Standing::kBegun,  Standing::kResumed, Standing::kRunning,
                                       Standing::kDone,   Standing::kUnknown, Standing::kReused,
                                       Standing::kAbsent, Standing::kFull};
    const LedgerAnswer answer = ReadLedgerAnswer(Run(std::move(call)));
    return {kStandings[static_cast<size_t>(answer.word)], answer.reply, answer.known_since_us / kSecond,
            answer.known_until_us / kSecond};
  }
  void PlayAll(uint64_t seed, uint64_t histories, bool lossy) {
    std::cout << "seeds " << seed << " to " << seed + histories - 1 << "\n";
    for (uint64_t i = 0; i < histories; ++i) {
      now_ = History::kStart * kSecond;
      SetUp();
      ASSERT_EQ(History(*this, {.seed = seed + i, .lossy = lossy}).Play(), "");
    }
  }
};

TEST_F(LedgerHistories, KeepsItsWord) { PlayAll(20'261'121, 250, /*lossy=*/false); }
TEST_F(LedgerHistories, KeepsItsWordWhateverIsLost) { PlayAll(20'261'121, 500, /*lossy=*/true); }

}  // namespace
}  // namespace blooio::gateway
