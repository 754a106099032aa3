// What the shared ledger says of operations, and what it leaves in Redis.
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "service/base/text.h"
#include "tests/unit/redis/ledger_fixture.h"

namespace blooio::gateway {
namespace {

using LedgerScript = LedgerFixture;
using Word = LedgerWord;
using End = LedgerEnd;

// What a second call finds, by what has become of the first one.
TEST_F(LedgerScript, ARepeatFindsWhatBecameOfTheCall) {
  enum class First { kNone, kRuns, kLapsed, kDone, kNotDone, kUnknown };
  struct Row {
    First first;
    LedgerTerms second;
    const char* payload;
    Word found;
    Word looked;  // After that.
  };
  const std::vector<Row> rows = {
      {First::kNone, kOnce, "a0", Word::kBegun, Word::kRunning},
      {First::kNone, kKnown, "a0", Word::kAbsent, Word::kAbsent},
      {First::kRuns, kAgain, "a0", Word::kRunning, Word::kRunning},
      {First::kRuns, kAgain, "a1", Word::kReused, Word::kRunning},
      {First::kLapsed, kOnce, "a0", Word::kUnknown, Word::kUnknown},
      {First::kLapsed, kAgain, "a0", Word::kResumed, Word::kRunning},
      {First::kLapsed, kAgain, "a1", Word::kReused, Word::kUnknown},
      {First::kDone, kAgain, "a0", Word::kDone, Word::kDone},
      {First::kDone, kKnown, "a0", Word::kDone, Word::kDone},
      {First::kDone, kOnce, "a1", Word::kReused, Word::kDone},
      {First::kNotDone, kOnce, "a1", Word::kBegun, Word::kRunning},
      {First::kNotDone, kKnown, "a0", Word::kAbsent, Word::kAbsent},
      {First::kUnknown, kOnce, "a0", Word::kUnknown, Word::kUnknown},
      {First::kUnknown, kAgain, "a0", Word::kResumed, Word::kRunning},
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    const Row& row = rows[i];
    SetUp();
    if (row.first != First::kNone) Begin(1, 7);
    if (row.first == First::kLapsed) now_ += 30 * kSecond;
    if (row.first == First::kDone) Settle(1, 7, End::kDone, "the reply");
    if (row.first == First::kNotDone) Settle(1, 7, End::kNotDone);
    if (row.first == First::kUnknown) Settle(1, 7, End::kUnknown);
    EXPECT_EQ(Begin(1, 8, row.second, row.payload), row.found);
    EXPECT_EQ(Look(1).word, row.looked);
    EXPECT_EQ(Look(1).reply, row.looked == Word::kDone ? "the reply" : "");
  }
}

TEST_F(LedgerScript, KeepsAnyReply) {
  std::string all = "\n\r\n$5\r\n";
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  int id = 0;
  for (const std::string& reply : {std::string(), all, std::string(64 << 10, '\0')}) {
    Do(++id, reply);
    EXPECT_EQ(Look(id).reply, reply);
    // The first one stays.
    Settle(id, 77, End::kDone, "another");
    EXPECT_EQ(Look(id).reply, reply);
  }
}

TEST_F(LedgerScript, AClaimThatWasGivenUpNeverComesToBe) {
  // The Begin is late: its settlement was there first.
  Settle(1, 7, End::kNotDone);
  EXPECT_EQ(Begin(1, 7), Word::kRunning);
  EXPECT_EQ(Look(1).word, Word::kAbsent);
  EXPECT_EQ(Begin(1, 8), Word::kBegun);
  // Nor does it end what others have begun, or are told twice.
  Settle(1, 7, End::kNotDone);
  EXPECT_EQ(Look(1).word, Word::kRunning);
  EXPECT_LE(Integer({"PTTL", "t:{ledger}:void:7"}), 600'000);
  EXPECT_GT(Integer({"PTTL", "t:{ledger}:void:7"}), 500'000);
  Settle(1, 8, End::kUnknown);
  Settle(1, 8, End::kUnknown);
  EXPECT_EQ(Begin(1, 9, kAgain), Word::kResumed);
  Settle(1, 8, End::kUnknown);
  EXPECT_EQ(Look(1).word, Word::kRunning);
}

TEST_F(LedgerScript, LearnsWhatItDidNotKnow) {
  Settle(1, 77, End::kDone, "reply");
  Settle(2, 77, End::kUnknown);
  EXPECT_EQ(Look(1).reply, "reply");
  EXPECT_EQ(Look(2).word, Word::kUnknown);
  // Beside a call that knows nothing of that: its failure is not all there is.
  Begin(4, 7);
  Settle(4, 77, End::kUnknown);
  EXPECT_EQ(Look(4).word, Word::kRunning);
  Settle(4, 7, End::kNotDone);
  EXPECT_EQ(Look(4).word, Word::kUnknown);
  // What was done under the key is what the key belongs to.
  Begin(5, 7, kOnce, "a1");
  Settle(5, 77, End::kDone, "of a0");
  EXPECT_EQ(Begin(5, 8, kOnce, "a1"), Word::kReused);
  EXPECT_EQ(Begin(5, 8), Word::kDone);
}

TEST_F(LedgerScript, WhatIsDoneMakesRoomOldestFirst) {
  scope_.max_entries = 4;
  Begin(1, 1);
  Settle(1, 1, End::kUnknown);
  Do(2);
  Do(3);
  EXPECT_EQ(Look(9).known_since_us, kStart);
  Begin(4, 4);
  EXPECT_EQ(Begin(5, 5), Word::kBegun);
  EXPECT_EQ(Look(2).word, Word::kAbsent);
  EXPECT_EQ(Look(2).known_since_us, kStart);  // When it began.
  EXPECT_EQ(Begin(6, 6), Word::kBegun);
  EXPECT_EQ(Look(3).known_since_us, kStart + kSecond);
  // All of them run or are unknown.
  EXPECT_EQ(Begin(7, 7), Word::kFull);
  EXPECT_EQ(Begin(7, 7, kKnown), Word::kAbsent);
  EXPECT_EQ(Begin(1, 8, kAgain), Word::kResumed);
  EXPECT_EQ(Integer({"ZCARD", "t:{ledger}:all"}), 4);
  // What cannot be remembered is owned up to.
  Settle(8, 77, End::kUnknown);
  EXPECT_EQ(Look(8).word, Word::kAbsent);
  EXPECT_EQ(Look(8).known_since_us, now_);
  // A probe does without.
  Run(LedgerProbe(scope_, now_));
  now_ += kDay;
  EXPECT_EQ(Begin(7, 7), Word::kBegun);
  EXPECT_EQ(Integer({"ZCARD", "t:{ledger}:all"}), 1);
  EXPECT_EQ(Integer({"ZCARD", "t:{ledger}:done"}), 0);
}

TEST_F(LedgerScript, GetsSmallerWhenLessIsAllowed) {
  for (int id = 0; id < 40; ++id) Do(id);
  scope_.max_entries = 10;
  for (int id = 40; id < 45; ++id) EXPECT_EQ(Begin(id, id), Word::kBegun);
  EXPECT_EQ(Integer({"ZCARD", "t:{ledger}:all"}), 10);
  EXPECT_EQ(Look(34).word, Word::kAbsent);
  EXPECT_EQ(Look(35).word, Word::kDone);
}

TEST_F(LedgerScript, RedisForgetsWhatIsOver) {
  struct Row {
    std::string what;
    int64_t began_ago;
    End end;
    int64_t kept_ms;
  };
  for (const auto& [what, end, age, kept] :
       {std::tuple("runs", std::optional<End>(), int64_t{0}, kDay / 1000),
        std::tuple("done", std::optional(End::kDone), int64_t{0}, kDay / 1000),
        std::tuple("unknown an hour later", std::optional(End::kUnknown), 3600 * kSecond,
                   (kDay - 3600 * kSecond) / 1000),
        std::tuple("not done", std::optional(End::kNotDone), int64_t{0}, int64_t{-2})}) {
    SetUp();
    Begin(1, 7);
    now_ += age;
    if (end) Settle(1, 7, *end, "reply");
    const int64_t left = Integer({"PTTL", KeyOf(1)});
    EXPECT_LE(left, kept) << what;
    EXPECT_GE(left, kept - 60'000) << what;
    // And so does the script, whatever the clock.
    now_ += kDay - age;
    EXPECT_EQ(Look(1).word, Word::kAbsent) << what;
  }
  // One that was resumed in time and still runs.
  Begin(2, 7);
  now_ += kDay - kSecond;
  EXPECT_EQ(Begin(2, 8, kAgain), Word::kResumed);
  now_ += 2 * kSecond;
  EXPECT_EQ(Look(2).word, Word::kRunning);
  now_ += 28 * kSecond;
  EXPECT_EQ(Look(2).word, Word::kAbsent);
}

TEST_F(LedgerScript, WhatIsNoEntryMayHaveHappened) {
  const std::string payload = " a0\n";
  const std::vector<std::vector<std::string>> rows = {
      {"SET", KeyOf(1), ""},
      {"SET", KeyOf(1), "hello"},
      {"SET", KeyOf(1), "2 d 7 1 1" + payload},
      {"SET", KeyOf(1), "1 x 7 1 1" + payload},
      {"SET", KeyOf(1), "1 b 7 nan 1" + payload},
      {"SET", KeyOf(1), "1 b 7 -1 1" + payload},
      {"SET", KeyOf(1), "1 b 7 1 " + std::string(400, '9') + payload},
      {"SET", KeyOf(1), "1 d 7 1 1 a0"},
      {"SET", KeyOf(1), std::string(100'000, '1')},
      {"LPUSH", KeyOf(1), "x"},
      {"HSET", KeyOf(1), "1 b", "1"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row[2].substr(0, 100));
    SetUp();
    redis_->Say(std::vector<std::string_view>(row.begin(), row.end()));
    EXPECT_EQ(Look(1).word, Word::kUnknown);
    EXPECT_EQ(Begin(1, 7), Word::kUnknown);
    EXPECT_EQ(Begin(1, 7, kAgain), Word::kUnknown);
    Settle(1, 7, End::kNotDone);
    Settle(1, 8, End::kUnknown);
    EXPECT_EQ(Look(1).word, Word::kUnknown);
    Settle(1, 7, End::kDone, "reply");
    EXPECT_EQ(Look(1).reply, "reply");
    EXPECT_GT(Integer({"PTTL", KeyOf(1)}), 0);
  }
}

TEST_F(LedgerScript, OwnsUpToWhatItMayHaveLost) {
  EXPECT_EQ(Look(1).known_since_us, kStart);
  now_ += kSecond;
  Run(LedgerProbe(scope_, now_));  // Another gateway, the same Redis.
  EXPECT_EQ(Look(1).known_since_us, kStart);
  // A day is all it keeps.
  now_ += kDay;
  EXPECT_EQ(Look(1).known_since_us, now_ - kDay);
  Run(LedgerMoveOn(scope_, now_));
  EXPECT_EQ(Look(1).known_since_us, now_);
  Run(LedgerMoveOn(scope_, now_ - kSecond));
  EXPECT_EQ(Look(1).known_since_us, now_);
  // It was emptied.
  for (const char* since : {"", "nonsense", "1 12x ab", "2 12 ab"}) {
    now_ += kSecond;
    redis_->Say({"FLUSHALL"});
    if (*since != '\0') redis_->Say({"SET", "t:{ledger}:since", since});
    EXPECT_EQ(Look(1).known_since_us, now_);
  }
  // It was started anew.
  now_ += kSecond;
  redis_->Say({"SET", "t:{ledger}:since", Cat("1 ", kStart, " 00ab")});
  Run(LedgerProbe(scope_, now_));
  EXPECT_EQ(Look(1).known_since_us, now_);
}

TEST_F(LedgerScript, AProbeLeavesNothing) {
  EXPECT_EQ(Integer({"DBSIZE"}), 1);  // `since`.
  EXPECT_EQ(Integer({"EXISTS", "t:{ledger}:since"}), 1);
}

TEST_F(LedgerScript, GoesByTheClockOfRedisOtherwise) {
  Run(LedgerBegin(scope_, ClaimOf(1, 7), kKnown));
  const LedgerAnswer answer = ReadLedgerAnswer(Run(LedgerBegin({.prefix = "other:"}, ClaimOf(1, 7), kKnown)));
  EXPECT_EQ(answer.word, Word::kAbsent);
  EXPECT_NEAR(static_cast<double>(answer.known_since_us),
              static_cast<double>(absl::ToUnixMicros(absl::Now())), 60.0 * kSecond);
}

TEST_F(LedgerScript, KnowsAnswersFromNonsense) {
  const auto reply = [](RedisReply word, RedisReply since, RedisReply text) {
    return RedisReply{
        std::vector<RedisReply>{std::move(word), std::move(since), {int64_t{0}}, std::move(text)}};
  };
  const auto until = [](RedisReply time) {
    return RedisReply{std::vector<RedisReply>{{int64_t{0}}, {int64_t{0}}, std::move(time), {std::string()}}};
  };
  const RedisReply zero{int64_t{0}}, text{std::string()};
  const ScriptCall begin = LedgerBegin(scope_, {}, kOnce), look = LedgerLook(scope_, ""),
                   settle = LedgerSettle(scope_, {}, End::kDone, ""), move_on = LedgerMoveOn(scope_),
                   beat = LedgerBeat(scope_, "a1", 0);
  for (int64_t word = 0; word < 8; ++word) {
    const RedisReply answer = reply({word}, zero, text);
    EXPECT_TRUE(begin.expected(answer));
    EXPECT_EQ(look.expected(answer), word >= 2 && word <= 6 && word != 5) << word;
    EXPECT_EQ(settle.expected(answer), word == 0);
    EXPECT_EQ(move_on.expected(answer), word == 0);
    EXPECT_EQ(beat.expected(answer), word == 0);
  }
  for (const RedisReply& answer :
       {zero, text, RedisReply{}, reply({int64_t{8}}, zero, text), reply({int64_t{-1}}, zero, text),
        reply(text, zero, text), reply(zero, text, text), reply(zero, {int64_t{-1}}, text),
        reply(zero, {int64_t{1} << 62}, text), reply(zero, zero, zero), reply(zero, zero, {}), until(text),
        until({int64_t{-1}}), until({int64_t{1} << 62})}) {
    EXPECT_FALSE(begin.expected(answer));
  }
}

}  // namespace
}  // namespace blooio::gateway
