// Until when the shared ledger knows of all that its gateways do.
#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "service/base/text.h"
#include "tests/unit/redis/ledger_fixture.h"

namespace blooio::gateway {
namespace {

using LedgerBeats = LedgerFixture;

constexpr char kBeats[] = "t:{ledger}:beats";

TEST_F(LedgerBeats, KnowsUntilTheLeastBeat) {
  EXPECT_EQ(Look(1).known_until_us, now_) << "nobody shares it";
  // Who is there and has told nothing yet may have been late to say so.
  EXPECT_EQ(Beat("a1", 0), now_);
  EXPECT_EQ(Look(1).known_until_us, now_ - 600 * kSecond);
  const int64_t heard = now_;
  now_ += kSecond;
  EXPECT_EQ(Beat("a1", heard), now_);
  EXPECT_EQ(Look(1).known_until_us, heard);
  EXPECT_EQ(ReadLedgerAnswer(Run(LedgerBegin(scope_, ClaimOf(1, 7), kKnown, now_))).known_until_us, heard);
  Beat("b2", heard - 5 * kSecond);
  EXPECT_EQ(Look(1).known_until_us, heard - 5 * kSecond);
  Beat("b2", 0);
  EXPECT_EQ(Look(1).known_until_us, heard - 5 * kSecond) << "it is back, and has told nothing yet";
  Leave("b2");
  EXPECT_EQ(Look(1).known_until_us, heard);
  Beat("a1", now_ + kSecond);
  EXPECT_EQ(Look(1).known_until_us, now_) << "the clock was set back";
  Leave("a1");
  Leave("a1");
  EXPECT_EQ(Look(1).known_until_us, now_);
  EXPECT_EQ(Look(1).known_since_us, kStart);
}

TEST_F(LedgerBeats, GivesAGatewayUpAfterADay) {
  const int64_t heard = now_;
  Beat("a1", heard);
  now_ += kDay - 1;
  EXPECT_EQ(Look(1).known_until_us, heard);
  Beat("b2", now_);
  now_ += 1;
  // And with it whatever it may have done until then.
  EXPECT_EQ(Look(1).known_since_us, now_);
  EXPECT_EQ(Look(1).known_until_us, now_ - 1);
  EXPECT_EQ(Integer({"ZCARD", kBeats}), 1);
  // The same when there are too many.
  for (int i = 0; i < 1005; ++i) Beat(Cat(absl::Hex(i + 0x1000)), ++now_);
  EXPECT_LE(Integer({"ZCARD", kBeats}), 1001);
  EXPECT_EQ(Look(1).known_since_us, now_);
  EXPECT_EQ(Integer({"ZCARD", kBeats}), 1000);
}

TEST_F(LedgerBeats, BeatsThatAreNoneAreGivenUp) {
  for (const char* score : {"-inf", "-1", "0", "12.5"}) {
    SetUp();
    redis_->Say({"ZADD", kBeats, score, "hello"});
    now_ += kSecond;
    EXPECT_EQ(Look(1).known_until_us, now_) << score;
    EXPECT_EQ(Look(1).known_since_us, now_) << score;
  }
  redis_->Say({"ZADD", kBeats, "inf", "hello"});
  EXPECT_EQ(Look(1).known_until_us, now_);
}

}  // namespace
}  // namespace blooio::gateway
