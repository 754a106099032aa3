#include "service/ledger/memory_ledger.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/ledger/test_ledger.h"

namespace blooio::gateway {
namespace {

constexpr Claim kOnce = {.lasts = absl::Seconds(30)};
constexpr Claim kAgain = {.lasts = absl::Seconds(30), .resumable = true};
constexpr Claim kKnown = {.lasts = absl::Seconds(30), .known_only = true};
constexpr Claim kReconcile = {.lasts = absl::Seconds(30), .resumable = true, .known_only = true};

class MemoryLedgerTest : public testing::Test {
 protected:
  static constexpr absl::Duration kDay = absl::Hours(24);
  const absl::Time start_ = absl::FromUnixSeconds(1'800'000'000);

  void Make(const MemoryLedger::Options& options) { ledger_.emplace(clock_, options); }
  Found Begin(int id, const Claim& claim = kOnce, int payload = 0) {
    return NowBegin(*ledger_, OperationOf(id, payload), claim);
  }
  Found Look(int id) { return NowLook(*ledger_, OperationOf(id).id); }
  void Settle(int id, uint64_t claim, Settlement::Kind kind, const std::string& reply = "") {
    ledger_->Settle(OperationOf(id), claim, {kind, reply});
  }
  // Begins it and is done.
  void Do(int id, const std::string& reply = "") {
    Settle(id, Begin(id).claim, Settlement::kDone, reply);
    clock_.Pass(absl::Seconds(1));
  }

  SettableClock clock_{start_};
  std::optional<MemoryLedger> ledger_{std::in_place, clock_, MemoryLedger::Options{}};
};

// What a second call finds, by what has become of the first one.
TEST_F(MemoryLedgerTest, ARepeatFindsWhatBecameOfTheCall) {
  enum class First { kNone, kRuns, kLapsed, kDone, kNotDone, kUnknown };
  struct Row {
    First first;
    Claim second;
    int payload;
    Standing found;
    Standing looked;  // After that.
  };
  const std::vector<Row> rows = {
      {First::kNone, kOnce, 0, Standing::kBegun, Standing::kRunning},
      {First::kNone, kKnown, 0, Standing::kAbsent, Standing::kAbsent},
      {First::kRuns, kOnce, 0, Standing::kRunning, Standing::kRunning},
      {First::kRuns, kAgain, 0, Standing::kRunning, Standing::kRunning},
      {First::kRuns, kAgain, 1, Standing::kReused, Standing::kRunning},
      {First::kLapsed, kOnce, 0, Standing::kUnknown, Standing::kUnknown},
      {First::kLapsed, kAgain, 0, Standing::kResumed, Standing::kRunning},
      {First::kLapsed, kReconcile, 0, Standing::kResumed, Standing::kRunning},
      {First::kLapsed, kAgain, 1, Standing::kReused, Standing::kUnknown},
      {First::kDone, kOnce, 0, Standing::kDone, Standing::kDone},
      {First::kDone, kKnown, 0, Standing::kDone, Standing::kDone},
      {First::kDone, kOnce, 1, Standing::kReused, Standing::kDone},
      {First::kNotDone, kOnce, 0, Standing::kBegun, Standing::kRunning},
      {First::kNotDone, kOnce, 1, Standing::kBegun, Standing::kRunning},
      {First::kNotDone, kReconcile, 0, Standing::kAbsent, Standing::kAbsent},
      {First::kUnknown, kOnce, 0, Standing::kUnknown, Standing::kUnknown},
      {First::kUnknown, kAgain, 0, Standing::kResumed, Standing::kRunning},
      {First::kUnknown, kAgain, 1, Standing::kReused, Standing::kUnknown},
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    const Row& row = rows[i];
    Make({});
    const uint64_t claim = row.first == First::kNone ? 0 : Begin(1).claim;
    if (row.first == First::kLapsed) clock_.Pass(kOnce.lasts);
    if (row.first == First::kDone) Settle(1, claim, Settlement::kDone, "the reply");
    if (row.first == First::kNotDone) Settle(1, claim, Settlement::kNotDone);
    if (row.first == First::kUnknown) Settle(1, claim, Settlement::kUnknown);
    const Found found = Begin(1, row.second, row.payload);
    EXPECT_EQ(found.what, row.found);
    EXPECT_EQ(found.reply, row.found == Standing::kDone ? "the reply" : "");
    const bool taken = row.found == Standing::kBegun || row.found == Standing::kResumed;
    EXPECT_EQ(found.claim != 0 && found.claim != claim, taken);
    EXPECT_EQ(Look(1).what, row.looked);
  }
}

TEST_F(MemoryLedgerTest, WithOthersBesideItNothingIsKnownToBeAbsent) {
  Make({.alone = false});
  std::optional<Found> found;
  ledger_->Look(OperationId{}, [&](Found answer) { found = std::move(answer); });
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->what, Standing::kAbsent);
  EXPECT_EQ(found->known.until, absl::InfinitePast());
}

// What is known once both a call that has outlived its claim and the one that resumed it
// have said what became of them.
TEST_F(MemoryLedgerTest, OnlySuccessSettlesWhatWasResumed) {
  struct Row {
    Settlement::Kind first, second;
    Standing found;
    std::string reply;
  };
  using S = Settlement;
  const std::vector<Row> rows = {
      {S::kDone, S::kDone, Standing::kDone, "first"},     {S::kDone, S::kNotDone, Standing::kDone, "first"},
      {S::kDone, S::kUnknown, Standing::kDone, "first"},  {S::kNotDone, S::kDone, Standing::kDone, "second"},
      {S::kNotDone, S::kNotDone, Standing::kUnknown, ""}, {S::kNotDone, S::kUnknown, Standing::kUnknown, ""},
      {S::kUnknown, S::kDone, Standing::kDone, "second"}, {S::kUnknown, S::kNotDone, Standing::kUnknown, ""},
      {S::kUnknown, S::kUnknown, Standing::kUnknown, ""},
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    Make({});
    const uint64_t first = Begin(1).claim;
    clock_.Pass(kOnce.lasts);
    const uint64_t second = Begin(1, kAgain).claim;
    Settle(1, first, rows[i].first, "first");
    EXPECT_EQ(Look(1).what, rows[i].first == S::kDone ? Standing::kDone : Standing::kRunning);
    Settle(1, second, rows[i].second, "second");
    EXPECT_EQ(Look(1).what, rows[i].found);
    EXPECT_EQ(Look(1).reply, rows[i].reply);
  }
}

TEST_F(MemoryLedgerTest, AClaimThatHasRunOutMayStillSayWhatBecameOfIt) {
  for (const auto& [kind, found] :
       {std::pair(Settlement::kDone, Standing::kDone), std::pair(Settlement::kNotDone, Standing::kAbsent),
        std::pair(Settlement::kUnknown, Standing::kUnknown)}) {
    Make({});
    const uint64_t claim = Begin(1).claim;
    clock_.Pass(absl::Hours(1));
    Settle(1, claim, kind);
    EXPECT_EQ(Look(1).what, found);
    // That was its last word.
    Settle(1, claim, Settlement::kNotDone);
    EXPECT_EQ(Look(1).what, found);
  }
}

TEST_F(MemoryLedgerTest, LearnsWhatItDidNotKnow) {
  Settle(1, 77, Settlement::kDone, "reply");
  Settle(2, 77, Settlement::kUnknown);
  Settle(3, 77, Settlement::kNotDone);
  EXPECT_EQ(Look(1).reply, "reply");
  EXPECT_EQ(Look(2).what, Standing::kUnknown);
  EXPECT_EQ(Look(3).what, Standing::kAbsent);
  // Beside a call that knows nothing of that: its failure is not all there is.
  const uint64_t claim = Begin(4).claim;
  Settle(4, 77, Settlement::kUnknown);
  EXPECT_EQ(Look(4).what, Standing::kRunning);
  Settle(4, claim, Settlement::kNotDone);
  EXPECT_EQ(Look(4).what, Standing::kUnknown);
  // What was done under the key is what the key belongs to.
  Begin(5, kOnce, 1);
  Settle(5, 77, Settlement::kDone, "of payload 0");
  EXPECT_EQ(Begin(5, kOnce, 1).what, Standing::kReused);
  EXPECT_EQ(Begin(5).reply, "of payload 0");
}

TEST_F(MemoryLedgerTest, EntriesGoADayAfterTheyBegan) {
  Do(1);
  Settle(2, Begin(2).claim, Settlement::kUnknown);
  clock_.Pass(kDay - absl::Seconds(2));
  Settle(3, Begin(2, kAgain).claim, Settlement::kUnknown);
  EXPECT_EQ(Look(1).what, Standing::kDone);
  clock_.Pass(absl::Seconds(1));
  EXPECT_EQ(Look(1).what, Standing::kAbsent);
  EXPECT_EQ(Look(1).known.since, start_);
  // The resumed one has kept its beginning, but still runs.
  clock_.Pass(absl::Seconds(1));
  EXPECT_EQ(Look(2).what, Standing::kRunning);
  clock_.Pass(kAgain.lasts);
  EXPECT_EQ(Look(2).what, Standing::kAbsent);
  EXPECT_EQ(Look(2).known.since, clock_.Now() - kDay);
}

TEST_F(MemoryLedgerTest, KnowsAllUntilNow) {
  for (int hours = 0; hours < 3; ++hours) {
    EXPECT_EQ(Look(1).known.until, clock_.Now());
    EXPECT_EQ(Begin(1, kKnown).known.until, clock_.Now());
    clock_.Pass(absl::Hours(1));
  }
}

TEST_F(MemoryLedgerTest, WhatIsDoneMakesRoomOldestFirst) {
  Make({.max_entries = 4});
  Settle(1, Begin(1).claim, Settlement::kUnknown);
  Do(2);
  Do(3);
  EXPECT_EQ(Look(9).known.since, start_);
  Begin(4);
  EXPECT_EQ(Begin(5).what, Standing::kBegun);
  EXPECT_EQ(Look(2).what, Standing::kAbsent);
  EXPECT_EQ(Look(2).known.since, start_);  // When it began.
  EXPECT_EQ(Begin(6).what, Standing::kBegun);
  EXPECT_EQ(Look(3).known.since, start_ + absl::Seconds(1));
  // All of them run or are unknown.
  EXPECT_EQ(Begin(7).what, Standing::kFull);
  EXPECT_EQ(Begin(7, kKnown).what, Standing::kAbsent);
  EXPECT_EQ(Begin(1, kAgain).what, Standing::kResumed);
  EXPECT_EQ(ledger_->Count().running, 4u);
  // What cannot be remembered is owned up to.
  Settle(8, 77, Settlement::kUnknown);
  EXPECT_EQ(Look(8).known.since, clock_.Now());
  clock_.Pass(kDay);
  EXPECT_EQ(Begin(7).what, Standing::kBegun);
}

TEST_F(MemoryLedgerTest, RepliesHaveABoundOfTheirOwn) {
  Make({.max_reply_bytes = 100});
  Do(1, std::string(60, 'a'));
  Do(2, std::string(40, 'b'));
  EXPECT_EQ(ledger_->Count().reply_bytes, 100u);
  Do(3, "c");
  EXPECT_EQ(Look(1).what, Standing::kAbsent);
  EXPECT_EQ(Look(1).known.since, start_);
  EXPECT_EQ(ledger_->Count().reply_bytes, 41u);
  // One that can never be kept is not to be done twice.
  Do(4, std::string(101, 'd'));
  EXPECT_EQ(Look(4).what, Standing::kUnknown);
  EXPECT_EQ(Look(2).what, Standing::kDone);
}

// Its memory is used again.
TEST_F(MemoryLedgerTest, AnEntryHasNothingOfTheOneThatMadeRoomForIt) {
  Make({.max_entries = 1});
  Do(1, std::string(200, 'a'));
  Settle(2, Begin(2).claim, Settlement::kDone, "short");
  EXPECT_EQ(Look(1).what, Standing::kAbsent);
  EXPECT_EQ(Look(2).reply, "short");
  EXPECT_EQ(ledger_->Count().reply_bytes, 5u);
  Settle(3, Begin(3).claim, Settlement::kUnknown);
  clock_.Pass(kDay);
  Settle(4, Begin(4).claim, Settlement::kNotDone);
  EXPECT_EQ(Look(4).what, Standing::kAbsent) << "that it may have happened is of the third";
}

TEST_F(MemoryLedgerTest, AClockThatStepsMakesNothingUnheardOf) {
  Do(1);
  clock_.Step(-absl::Hours(3));
  EXPECT_EQ(Look(1).what, Standing::kDone);
  clock_.Pass(kDay);
  // By the clock, it began only 21 hours ago.
  EXPECT_EQ(Look(1).what, Standing::kAbsent);
  EXPECT_EQ(Look(1).known.since, start_);
  Do(2);
  clock_.Step(absl::Hours(48));
  EXPECT_EQ(Look(2).what, Standing::kDone);
}

TEST_F(MemoryLedgerTest, CountsByWhatTheyAreNow) {
  for (int id = 0; id < 100; ++id) Begin(id);
  for (int id = 100; id < 130; ++id) Do(id, "reply");
  MemoryLedger::Counts counts = ledger_->Count();
  EXPECT_EQ(counts.running, 0u);  // 30 s have passed.
  EXPECT_EQ(counts.unknown, 100u);
  EXPECT_EQ(counts.done, 30u);
  EXPECT_EQ(counts.reply_bytes, 150u);
  Begin(200);
  EXPECT_EQ(ledger_->Count().running, 1u);
  clock_.Pass(kDay);
  counts = ledger_->Count();
  EXPECT_EQ(counts.running + counts.unknown + counts.done + counts.reply_bytes, 0u);
}

// Every operation is begun by exactly one of many threads, and its reply is everybody's.
TEST(MemoryLedgerThreads, OneOfManyBegins) {
  constexpr int kOperations = 2000, kThreads = 4;
  MemoryLedger ledger(SystemClock(), {});
  std::atomic<int> begun = 0, others = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int id = 0; id < kOperations; ++id) {
        const Found found = NowBegin(ledger, OperationOf(id), kOnce);
        if (found.what == Standing::kBegun) {
          ++begun;
          ledger.Settle(OperationOf(id), found.claim, {Settlement::kDone, Cat(id)});
        } else if (found.what == Standing::kRunning || found.reply == Cat(id)) {
          ++others;
        }
        if (t == 0) ledger.Count();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(begun, kOperations);
  EXPECT_EQ(others, kOperations * (kThreads - 1));
}

}  // namespace
}  // namespace blooio::gateway
