#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

#include "service/ledger/memory_ledger.h"
#include "tests/unit/ledger/histories.h"
#include "tests/unit/ledger/test_ledger.h"

namespace blooio::gateway {
namespace {

// Sanitizers make it ten times as slow.
constexpr bool kSlow = !std::string_view(BLOOIO_SANITIZE).empty();

class MemorySubject final : public Subject {
 public:
  MemorySubject() : clock_(Time(History::kStart)) {}

  ReferenceLedger::Heard Begin(int id, int payload, uint64_t* claim, const Claim& terms,
                               int64_t now) override {
    clock_.Set(Time(now));
    const Found found = NowBegin(ledger_, OperationOf(id, payload), terms);
    if (found.claim != 0) *claim = found.claim;
    return Heard(found);
  }
  ReferenceLedger::Heard Look(int id, int64_t now) override {
    clock_.Set(Time(now));
    return Heard(NowLook(ledger_, OperationOf(id).id));
  }
  void Settle(int id, int payload, uint64_t claim, const Settlement& settlement, int64_t now) override {
    clock_.Set(Time(now));
    ledger_.Settle(OperationOf(id, payload), claim, settlement);
  }

 private:
  static absl::Time Time(int64_t seconds) { return absl::FromUnixSeconds(seconds); }
  static ReferenceLedger::Heard Heard(const Found& found) {
    const bool absent = found.what == Standing::kAbsent;
    if (!absent) return {found.what, found.reply};
    return {found.what, found.reply, absl::ToUnixSeconds(found.known.since),
            absl::ToUnixSeconds(found.known.until)};
  }

  SettableClock clock_;
  MemoryLedger ledger_{clock_,
                       {.max_entries = History::kOptions.max_entries,
                        .retention = absl::Seconds(History::kOptions.retention)}};
};

TEST(LedgerModel, KeepsItsWordInEveryHistory) {
  constexpr uint64_t kSeed = 20'261'121, kHistories = kSlow ? 12'000 : 120'000;
  std::cout << "seeds " << kSeed << " to " << kSeed + kHistories - 1 << "\n";
  for (uint64_t i = 0; i < kHistories; ++i) {
    MemorySubject subject;
    ASSERT_EQ(History(subject, {.seed = kSeed + i}).Play(), "");
  }
}

// Fewer of them, with room for many more at a time and far more events.
TEST(LedgerModel, KeepsItsWordForLong) {
  constexpr uint64_t kSeed = 1, kHistories = kSlow ? 10 : 100;
  for (uint64_t i = 0; i < kHistories; ++i) {
    MemorySubject subject;
    ASSERT_EQ(History(subject, {.seed = kSeed + i, .events = 20'000}).Play(), "");
  }
}

}  // namespace
}  // namespace blooio::gateway
