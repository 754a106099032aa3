#include "service/ratelimit/promises.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

constexpr Instant Ms(int64_t milliseconds) { return milliseconds * kMillisecond; }

TEST(Promises, AreSpacedByWhatIsEarned) {
  Promises promises;
  const Pace pace = Pace::Of({{10, kSecond}, 1});
  const Promises::Level empty = {0, 0};
  EXPECT_EQ(promises.Earliest(pace, empty, pace.token, 0), Ms(100));
  EXPECT_EQ(promises.Earliest(pace, empty, pace.token, Ms(250)), Ms(250));
  promises.Add({Ms(100), pace.token, 0, 1});
  promises.Add({Ms(450), pace.token, 0, 2});
  EXPECT_EQ(promises.Earliest(pace, empty, pace.token, 0), Ms(200)) << "between the two";
  promises.Add({Ms(200), pace.token, 0, 3});
  EXPECT_EQ(promises.Earliest(pace, empty, pace.token, 0), Ms(300));
  EXPECT_EQ(promises.Earliest(pace, empty, pace.token, Ms(351)), Ms(550)) << "the last one needs its own";
  EXPECT_EQ(promises.Earliest(pace, empty, 2 * pace.token, 0), kNever) << "more than a full bucket";
}

TEST(Promises, HoldBackOnlyWhatCouldNotBeEarnedAgain) {
  Promises promises;
  const Pace pace = Pace::Of({{10, kSecond}, 5});
  promises.Add({Ms(300), pace.token, 7, 1});
  EXPECT_EQ(promises.Owed(pace.gain, Ms(200)), 0);
  EXPECT_EQ(promises.Owed(pace.gain, Ms(250)), pace.token / 2);
  promises.Add({Ms(300), 2 * pace.token, 7, 2});
  EXPECT_EQ(promises.Owed(pace.gain, Ms(100)), pace.token);
  EXPECT_EQ(promises.Owed(pace.gain, Ms(300)), 3 * pace.token);
  EXPECT_EQ(promises.Owed(pace.gain, Ms(300) + 1), 0) << "nobody came";
  EXPECT_EQ(promises.Owed(pace.gain, Ms(250)), 2 * pace.token + pace.token / 2)
      << "time may be asked about in any order";
}

TEST(Promises, AreClaimedLastFirstByTheirOwnerFromTheirTimeOn) {
  Promises promises;
  promises.Add({Ms(200), 1, 7, 2});
  promises.Add({Ms(100), 1, 7, 1});
  promises.Add({Ms(50), 1, 8, 3});
  EXPECT_FALSE(promises.Claim(7, Ms(100) - 1));
  EXPECT_EQ(promises.Claim(7, Ms(300))->id, 2u);
  EXPECT_FALSE(promises.Claim(7, Ms(100) + Promises::kGrace + 1)) << "too late";
  EXPECT_EQ(promises.Claim(7, Ms(100) + Promises::kGrace)->id, 1u);
  EXPECT_FALSE(promises.Claim(9, Ms(300)));
}

}  // namespace
}  // namespace blooio::gateway
