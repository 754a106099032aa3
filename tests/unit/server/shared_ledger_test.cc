#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "tests/unit/redis/redis_process.h"
#include "tests/unit/server/ledger_member.h"

namespace blooio::gateway {
namespace {

std::vector<std::string> Durable() { return {"--appendonly", "yes", "--appendfsync", "always"}; }

TEST(SharedLedger, WhatOneBeginsIsEverybodys) {
  RedisProcess redis;
  Member one(redis.address()), other(redis.address());
  one.Await(true);
  other.Await(true);
  const Found begun = one.Begin(1);
  EXPECT_EQ(begun.what, Standing::kBegun);
  EXPECT_NE(begun.claim, 0u);
  EXPECT_EQ(other.Begin(1).what, Standing::kRunning);
  EXPECT_EQ(other.Begin(1, kOnce, 1).what, Standing::kReused);
  const std::string reply("a\0\n\xff", 4);
  one.Settle(1, begun.claim, Settlement::kDone, reply);
  EXPECT_EQ(one.Look(1).what, Standing::kDone);
  EXPECT_EQ(other.Begin(1, kAgain).reply, reply);
  // It is unknown, and then resumed by the other.
  one.Settle(2, one.Begin(2).claim, Settlement::kUnknown);
  EXPECT_EQ(one.Look(2).what, Standing::kUnknown);
  EXPECT_EQ(other.Begin(2).what, Standing::kUnknown);
  EXPECT_EQ(other.Begin(2, kAgain).what, Standing::kResumed);
  // What has failed is free.
  one.Settle(3, one.Begin(3).claim, Settlement::kNotDone);
  const Found absent = one.Look(3);
  EXPECT_EQ(absent.what, Standing::kAbsent);
  EXPECT_LE(absl::AbsDuration(absl::Now() - absent.known.since), absl::Minutes(5));
  EXPECT_EQ(other.Begin(3, kKnown).known.since, absent.known.since);
  EXPECT_EQ(other.Begin(3).what, Standing::kBegun);
}

TEST(SharedLedger, AReplyThatIsTooLongIsUnknown) {
  RedisProcess redis;
  Member member(redis.address());
  member.Await(true);
  for (const auto& [size, found] : {std::pair(SharedLedger::kMostReplyBytes, Standing::kDone),
                                    std::pair(SharedLedger::kMostReplyBytes + 1, Standing::kUnknown)}) {
    const int id = static_cast<int>(size);
    member.Settle(id, member.Begin(id).claim, Settlement::kDone, std::string(size, 'x'));
    EXPECT_EQ(member.Look(id).what, found);
  }
}

TEST(SharedLedger, ManyAtOnceAreNoTrouble) {
  RedisProcess redis;
  Member member(redis.address());
  member.Await(true);
  constexpr size_t kMany = 5000;
  Heard<Standing> found;
  for (size_t i = 0; i < kMany; ++i) {
    member.ledger().Begin(OperationOf(static_cast<int>(i)), kOnce,
                          [&found](const Found& f) { found.Add(f.what); });
  }
  for (const Standing what : found.Await(kMany)) ASSERT_EQ(what, Standing::kBegun);
}

TEST(SharedLedger, WithoutRedisItIsAway) {
  Member member({.host = "127.0.0.1", .port = 1});
  member.Await(false);
  const Found found = member.Begin(1);
  EXPECT_EQ(found.what, Standing::kAway);
  EXPECT_NE(found.claim, 0u);
  EXPECT_EQ(member.Look(1).what, Standing::kAway);
  // Nor does it hold up the end.
  member.Settle(1, found.claim, Settlement::kDone);
  const absl::Time began = absl::Now();
  member.End();
  EXPECT_LT(absl::Now() - began, absl::Seconds(20));
}

TEST(SharedLedger, SettlementsWaitForRedis) {
  RedisProcess redis(Durable());
  Member member(redis.address());
  size_t changes = member.Await(true);
  const uint64_t done = member.Begin(1).claim, failed = member.Begin(2).claim, lost = member.Begin(3).claim;
  redis.Kill();
  changes = member.Await(false, changes);
  member.Settle(1, done, Settlement::kDone, "reply");
  member.Settle(2, failed, Settlement::kNotDone);
  member.Settle(3, lost, Settlement::kUnknown);
  const Found away = member.Begin(4, kAgain);
  EXPECT_EQ(away.what, Standing::kAway);
  member.Settle(4, away.claim, Settlement::kDone, "unprotected");
  // More than are told at once.
  for (int id = 100; id < 600; ++id) member.Settle(id, 7, Settlement::kDone, Cat(id));
  const absl::Time back = absl::Now();
  redis.Start();
  member.Await(true, changes);
  ASSERT_TRUE(Becomes([&] { return member.Look(599).what == Standing::kDone; }));
  EXPECT_EQ(member.Look(1).reply, "reply");
  EXPECT_EQ(member.Look(2).what, Standing::kAbsent);
  EXPECT_EQ(member.Look(3).what, Standing::kUnknown);
  EXPECT_EQ(member.Look(4).reply, "unprotected");
  for (int id = 100; id < 600; ++id) ASSERT_EQ(member.Look(id).reply, Cat(id));
  // It may have lost something.
  EXPECT_GE(member.Look(2).known.since, back);
}

TEST(SharedLedger, TellsWhatItHasKeptBeforeItsEnd) {
  RedisProcess redis;
  Member member(redis.address());
  size_t changes = member.Await(true);
  redis.Kill();
  changes = member.Await(false, changes);
  for (int id = 0; id < 2000; ++id) member.Settle(id, 7, Settlement::kDone, Cat(id));
  redis.Start();
  member.Await(true, changes);
  member.End();
  Member witness(redis.address());
  witness.Await(true);
  EXPECT_EQ(witness.Look(1999).reply, "1999");
}

TEST(SharedLedger, HoldsOverARestart) {
  RedisProcess redis(Durable());
  {
    Member member(redis.address());
    member.Await(true);
    member.Settle(1, member.Begin(1).claim, Settlement::kDone, "reply");
    member.Begin(2);
  }
  redis.Kill();
  redis.Start();
  Member member(redis.address());
  member.Await(true);
  EXPECT_EQ(member.Begin(1).reply, "reply");
  EXPECT_EQ(member.Begin(2).what, Standing::kRunning);
}

TEST(SharedLedger, OwnsUpToARedisThatHasLostEverything) {
  RedisProcess redis;
  Member member(redis.address());
  size_t changes = member.Await(true);
  member.Begin(1);
  const absl::Time first_try = absl::Now();
  EXPECT_LT(member.Look(2).known.since, first_try);
  redis.Kill();
  changes = member.Await(false, changes);
  redis.Start();
  member.Await(true, changes);
  const Found found = member.Look(1);
  EXPECT_EQ(found.what, Standing::kAbsent);
  EXPECT_GT(found.known.since, first_try);
}

TEST(SharedLedger, ABeginThatWasLateLeavesNothing) {
  RedisProcess redis;
  // Long enough for a machine that is busy, or the test ends with less than it could show.
  Member member(redis.address(), absl::Milliseconds(200)), witness(redis.address());
  size_t changes = member.Await(true);
  witness.Await(true);
  redis.Pause();
  const absl::Time began = absl::Now();
  const Found refused = member.Begin(1), gone_on = member.Begin(2, kAgain);
  EXPECT_LT(absl::Now() - began, absl::Seconds(20));
  EXPECT_EQ(refused.what, Standing::kAway);
  EXPECT_EQ(gone_on.what, Standing::kAway);
  member.Settle(1, refused.claim, Settlement::kNotDone);
  member.Settle(2, gone_on.claim, Settlement::kUnknown);
  member.Await(false, changes);
  const absl::Time back = absl::Now();
  redis.Resume();
  ASSERT_TRUE(Becomes([&] { return witness.Look(2).what == Standing::kUnknown; }));
  ASSERT_TRUE(Becomes([&] { return witness.Look(1).what == Standing::kAbsent; }));
  // A call has gone on without it.
  EXPECT_GE(witness.Look(1).known.since, back);
  EXPECT_EQ(witness.Begin(1).what, Standing::kBegun);
}

TEST(SharedLedger, ASettlementThatWasNotHeardIsToldAgain) {
  RedisProcess redis;
  Member member(redis.address(), absl::Milliseconds(200)), witness(redis.address());
  size_t changes = member.Await(true);
  witness.Await(true);
  // Redis forgets what a connection has said that ends meanwhile.
  redis.Say({"CLIENT", "PAUSE", "5000", "ALL"});
  member.Settle(1, 7, Settlement::kDone, "reply");
  changes = member.Await(false, changes);
  member.Await(true, changes);
  ASSERT_TRUE(Becomes([&] { return witness.Look(1).reply == "reply"; }));
}

TEST(SharedLedger, WhenNothingHasGoneOnItKnowsWhatItKnew) {
  RedisProcess redis;
  Member member(redis.address(), absl::Milliseconds(200)), witness(redis.address());
  size_t changes = member.Await(true);
  witness.Await(true);
  const absl::Time known = witness.Look(1).known.since;
  redis.Pause();
  const Found refused = member.Begin(1);
  member.Settle(1, refused.claim, Settlement::kNotDone);
  member.Look(1);
  changes = member.Await(false, changes);
  redis.Resume();
  member.Await(true, changes);
  EXPECT_EQ(witness.Look(2).known.since, known);
}

TEST(SharedLedger, AnswersEverybodyAtItsEnd) {
  RedisProcess redis;
  Member member(redis.address(), absl::Seconds(2));
  member.Await(true);
  redis.Pause();
  Heard<Standing> found;
  for (int id = 0; id < 10; ++id) {
    member.ledger().Begin(OperationOf(id), kOnce, [&found](const Found& f) { found.Add(f.what); });
  }
  member.End();
  for (const Standing what : found.Await(10)) EXPECT_EQ(what, Standing::kAway);
}

}  // namespace
}  // namespace blooio::gateway
