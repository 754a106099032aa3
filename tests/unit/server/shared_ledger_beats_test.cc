// What one gateway knows of what the others do while they are cut off from Redis, or killed.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "tests/unit/redis/redis_process.h"
#include "tests/unit/server/ledger_member.h"

namespace blooio::gateway {
namespace {

// Two gateways at one Redis, of which one is cut off from it at will.
class SharedLedgerBeats : public testing::Test {
 protected:
  SharedLedgerBeats() {
    redis_.Say({"ACL", "SETUSER", "other", "on", ">word", "~test:*", "+@all"});
    one_.emplace(Options());
    SharedLedger::Options options = Options();
    options.redis.user = "other";
    options.redis.password = [] { return SecretString("word"); };
    other_.emplace(std::move(options));
    one_->Await(true);
    changes_ = other_->Await(true);
    EXPECT_TRUE(IsKnownUntil(absl::Now()));
    EXPECT_EQ(Beats().size(), 2u);
  }
  SharedLedger::Options Options() const {
    SharedLedger::Options options = Member::OptionsOf(redis_.address());
    options.beat = absl::Milliseconds(10);
    return options;
  }

  void CutOff() {
    redis_.Say({"ACL", "SETUSER", "other", "off"});
    redis_.Say({"CLIENT", "KILL", "USER", "other"});
    changes_ = other_->Await(false, changes_);
  }
  void Return() {
    redis_.Say({"ACL", "SETUSER", "other", "on"});
    changes_ = other_->Await(true, changes_);
  }
  // When each gateway has told all, the least first.
  std::vector<absl::Time> Beats() const {
    const RedisReply reply = redis_.Say({"ZRANGE", "test:{ledger}:beats", "0", "-1", "WITHSCORES"});
    std::vector<absl::Time> times;
    for (size_t i = 1; i < reply.array()->size(); i += 2) {
      int64_t us = 0;
      EXPECT_TRUE(absl::SimpleAtoi(*(*reply.array())[i].string(), &us));
      times.push_back(absl::FromUnixMicros(us));
    }
    return times;
  }
  // Waits until one of them has beaten since.
  bool BeatsAfter(absl::Time time) {
    return Becomes([&] { return !Beats().empty() && Beats().back() > time; });
  }
  bool IsKnownUntil(absl::Time time) {
    return Becomes([&] { return one_->Look(kAbsent).known.until >= time; });
  }

  static constexpr int kAbsent = 99'999;
  RedisProcess redis_;
  std::optional<Member> one_, other_;
  size_t changes_ = 0;
};

TEST_F(SharedLedgerBeats, OneThatIsCutOffIsAskedFor) {
  CutOff();
  const absl::Time cut_off = absl::Now();
  EXPECT_EQ(other_->Begin(1, kAgain).what, Standing::kAway);
  ASSERT_TRUE(BeatsAfter(cut_off));
  EXPECT_LE(one_->Look(1).known.until, cut_off);
  EXPECT_LT(one_->Look(1).known.since, cut_off);
  // It is back, and may not have told of all until then.
  const absl::Time back = absl::Now();
  Return();
  ASSERT_TRUE(IsKnownUntil(back));
  EXPECT_GE(one_->Look(1).known.since, back);
}

TEST_F(SharedLedgerBeats, OneThatWasKilledIsNotForgotten) {
  CutOff();
  const absl::Time cut_off = absl::Now();
  EXPECT_EQ(other_->Begin(1, kAgain).what, Standing::kAway);
  other_.reset();
  ASSERT_TRUE(BeatsAfter(cut_off));
  EXPECT_EQ(Beats().size(), 2u);
  EXPECT_LE(one_->Look(1).known.until, cut_off);
}

TEST_F(SharedLedgerBeats, OneThatEndsTakesItsLeave) {
  other_->Settle(1, other_->Begin(1).claim, Settlement::kDone, "reply");
  other_.reset();
  EXPECT_EQ(Beats().size(), 1u);
  EXPECT_TRUE(IsKnownUntil(absl::Now()));
  one_.reset();
  EXPECT_EQ(Beats().size(), 0u);
}

TEST_F(SharedLedgerBeats, TakesItsLeaveAfterWhatItHasKept) {
  CutOff();
  for (int id = 0; id < 2000; ++id) other_->Settle(id, 7, Settlement::kDone, "reply");
  Return();
  other_.reset();
  EXPECT_EQ(Beats().size(), 1u);
  EXPECT_EQ(one_->Look(1999).what, Standing::kDone);
}

TEST_F(SharedLedgerBeats, AllThatWasKeptIsToldBeforeItSaysSo) {
  constexpr int kLast = 9'999;
  CutOff();
  EXPECT_EQ(other_->Begin(0, kAgain).what, Standing::kAway);
  for (int id = 1; id <= kLast; ++id) other_->Settle(id, 7, Settlement::kDone, std::string(1000, 'x'));
  const absl::Time back = absl::Now();
  Return();
  ASSERT_TRUE(IsKnownUntil(back));
  EXPECT_EQ(one_->Look(kLast).what, Standing::kDone);
}

TEST_F(SharedLedgerBeats, ComeBackToARedisThatHasLostThem) {
  const absl::Time lost = absl::Now();
  redis_.Say({"FLUSHALL"});
  EXPECT_TRUE(Becomes([&] { return Beats().size() == 2; }));
  EXPECT_TRUE(IsKnownUntil(absl::Now()));
  EXPECT_GE(one_->Look(kAbsent).known.since, lost);
}

// What Redis still holds of a connection that has ended may be much later than it was said.
TEST_F(SharedLedgerBeats, AreNotWorthMoreWhenTheyAreLate) {
  SharedLedger::Options options = Options();
  options.redis.answer_within = absl::Milliseconds(100);
  other_.emplace(std::move(options));
  changes_ = other_->Await(true);
  ASSERT_TRUE(IsKnownUntil(absl::Now()));
  one_.reset();
  ASSERT_EQ(Beats().size(), 1u);
  redis_.Pause();
  changes_ = other_->Await(false, changes_);
  const absl::Time away = absl::Now();
  EXPECT_EQ(other_->Begin(1, kAgain).what, Standing::kAway);
  other_.reset();
  redis_.Resume();
  // Redis takes in order what has come in order.
  one_.emplace(Options());
  one_->Await(true);
  ASSERT_TRUE(BeatsAfter(absl::Now()));
  ASSERT_EQ(Beats().size(), 2u);
  EXPECT_LT(Beats().front(), away);
}

}  // namespace
}  // namespace blooio::gateway
