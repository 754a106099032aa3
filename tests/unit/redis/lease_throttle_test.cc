// What Blooio's 429s, and Redis's own clock, do to a shared bucket.
#include <gmock/gmock.h>

#include <limits>
#include <string>
#include <vector>

#include "service/base/text.h"
#include "tests/unit/redis/lease_fixture.h"

namespace blooio::gateway {
namespace {

using LeaseThrottle = LeaseFixture;

TEST_F(LeaseThrottle, ClosesAndSlowsDownOncePerBurstOf429s) {
  const LeaseAnswer first = Throttle(kHundred, 100, 2000, kStart);
  EXPECT_EQ(first.share, 700);
  // Closed for two seconds; then a token takes 1 / (100 x 0.7) s.
  EXPECT_EQ(first.next_free_ms, 2015);
  // Begun before that cut, however late they are told of.
  EXPECT_EQ(Throttle(kHundred, 101, 0, kStart + 100 * kMillisecond).share, 700);
  EXPECT_EQ(Throttle(kHundred, 1500, 0, kStart + 1500 * kMillisecond).share, 700);
  // Begun after it.
  EXPECT_EQ(Throttle(kHundred, 1500, 0, kStart + 1501 * kMillisecond).share, 490);
  // Open again at the time that the first had asked for.
  EXPECT_EQ(Stock(kHundred, kStart + 2000 * kMillisecond), 0);
  EXPECT_EQ(Stock(kHundred, kStart + 2500 * kMillisecond), 24);
}

TEST_F(LeaseThrottle, NeverFallsBelowTheFloor) {
  int64_t now = kStart;
  std::vector<int> shares;
  for (int i = 0; i < 11; ++i) shares.push_back(Throttle(kHundred, 0, 0, now += kMillisecond).share);
  EXPECT_THAT(shares, testing::ElementsAre(700, 490, 343, 240, 168, 117, 81, 56, 50, 50, 50));
}

TEST_F(LeaseThrottle, ComesBackToThePeakInAMinuteAndThenGoesBeyond) {
  Throttle(kHundred, 0, 0, kStart - kMillisecond);
  Throttle(kHundred, 0, 3000, kStart);
  struct Row {
    int64_t after_ms;
    int share;
  };
  const std::vector<Row> rows = {{0, 490},        {2999, 490},    {3999, 490},    {4000, 506},
                                 {4999, 506},     {5000, 522},    {33'000, 693},  {62'999, 699},
                                 {63'000, 700},   {93'000, 706},  {123'000, 910}, {127'999, 989},
                                 {128'000, 1000}, {999'000, 1000}};
  for (const Row& row : rows) {
    EXPECT_EQ(Ask(kHundred, 0, kStart + row.after_ms * kMillisecond).share, row.share) << row.after_ms;
  }
}

TEST_F(LeaseThrottle, EarnsByTheShareOfEachSecond) {
  const TestLimit roomy = {100, kSecond, 100'000};
  Throttle(roomy, 0, 1000, kStart);
  // 70 in the first second, 72.4 in the second, …: looked at once …
  const int64_t later = kStart + 11 * kSecond;
  const double expected = 70 + 72.4 + 74.6 + 76.7 + 78.7 + 80.5 + 82.2 + 83.8 + 85.3 + 86.6;
  EXPECT_EQ(Stock(roomy, later), static_cast<int64_t>(expected));
  // … or all the time.
  redis_->Say({"FLUSHALL"});
  Throttle(roomy, 0, 1000, kStart);
  for (int64_t now = kStart; now < later; now += 13 * kMillisecond) Ask(roomy, 0, now);
  EXPECT_EQ(Stock(roomy, later), static_cast<int64_t>(expected));
}

TEST_F(LeaseThrottle, TellsWhenItOpensAcrossRisingShares) {
  // At 5 % of 1 in 10 s a token would take 200 s; it rises after two minutes.
  const TestLimit slow = {1, 10 * kSecond, 1};
  int64_t now = kStart;
  for (int i = 0; i < 10; ++i) Throttle(slow, 0, 0, now += kMillisecond);
  const LeaseAnswer answer = Ask(slow, 1, now);
  EXPECT_EQ(answer.share, 50);
  EXPECT_EQ(answer.tokens, 0);
  EXPECT_EQ(Ask(slow, 1, now + (answer.next_free_ms - 1) * kMillisecond).tokens, 0);
  EXPECT_EQ(Ask(slow, 1, now + answer.next_free_ms * kMillisecond).tokens, 1);
  EXPECT_EQ(answer.next_free_ms, 154'980);
}

TEST_F(LeaseThrottle, IsClosedForAnHourAtMost) {
  constexpr int64_t kHourMs = kHour / kMillisecond;
  constexpr int64_t kEndless = std::numeric_limits<int64_t>::max();
  // 70 % of 100 a second.
  EXPECT_EQ(Throttle(kHundred, kEndless, kEndless, kStart).next_free_ms, kHourMs + 15);
  redis_->Say({"FLUSHALL"});
  EXPECT_EQ(Throttle(kHundred, -kEndless, -kEndless, kStart).next_free_ms, 15);
  // Whoever asks: here a gateway that knows no such bound.
  redis_->Say({"FLUSHALL"});
  ScriptCall call = LeaseCall("t:", std::vector<LeaseRequest>{Request(kHundred, 0)}, kStart);
  call.arguments[5] = call.arguments[6] = std::to_string(kEndless);
  EXPECT_EQ(LeaseAnswers(*client_->Run(call))[0].next_free_ms, kHourMs + 15);
  // Or what is stored: closed for ever, and cut in a time to come.
  redis_->Say({"SET", "t:{limits}:k", Cat("3 0 ", kStart, " 1000 300 1e17 1e17 200 1e-4")});
  EXPECT_EQ(Ask(kHundred, 1, kStart).next_free_ms, kHourMs + 15);
  EXPECT_EQ(Throttle(kHundred, 0, 0, kStart + 1).share, 490);
}

TEST_F(LeaseThrottle, TellsOfTheNextTokenAMonthAheadAtMost) {
  const TestLimit rare = {1, 1000 * 24 * kHour, 1};
  EXPECT_EQ(Ask(rare, 1, kStart).next_free_ms, 30 * 24 * kHour / kMillisecond);
}

TEST_F(LeaseThrottle, DropsWhatIsGivenBackWhileClosed) {
  Ask(kHundred, 200, kStart);
  Throttle(kHundred, 0, 1000, kStart);
  Ask(kHundred, -100, kStart + kMillisecond);
  EXPECT_EQ(Stock(kHundred, kStart + 1000 * kMillisecond), 0);
}

TEST_F(LeaseThrottle, NeitherMintsNorLosesTokensByAnotherClock) {
  Ask(kHundred, 150, kStart);
  // A failover to a machine an hour behind: as if no time had passed, and then it does.
  const int64_t behind = kStart - kHour;
  EXPECT_EQ(Stock(kHundred, behind), 50);
  EXPECT_EQ(Stock(kHundred, behind + 100 * kMillisecond), 60);
  // What was closed for a second is not closed for an hour.
  const LeaseAnswer closed = Throttle(kHundred, 0, 1000, behind + 100 * kMillisecond);
  const int64_t further = behind - kHour;
  EXPECT_EQ(Ask(kHundred, 1, further).next_free_ms, closed.next_free_ms);
  EXPECT_EQ(Ask(kHundred, 0, further + 2 * kSecond).share, 724);
  EXPECT_EQ(Throttle(kHundred, 0, 0, further + 3 * kSecond).share, 522) << "0.7 x 746";
  // An hour ahead: full, and no more than that.
  EXPECT_EQ(Stock(kHundred, kStart + kHour), 200);
}

}  // namespace
}  // namespace blooio::gateway
