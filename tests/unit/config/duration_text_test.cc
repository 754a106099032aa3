#include "service/config/duration_text.h"

#include <gtest/gtest.h>

#include <string>

namespace blooio::gateway {
namespace {

TEST(ParseDurationTextTest, ReadsOneNumberAndOneUnit) {
  const struct {
    std::string text;
    absl::Duration duration;
  } cases[] = {
      {"250ms", absl::Milliseconds(250)},
      {"30s", absl::Seconds(30)},
      {"5m", absl::Minutes(5)},
      {"24h", absl::Hours(24)},
      {"1.5s", absl::Milliseconds(1500)},
      {"0s", absl::ZeroDuration()},
      {"0.001ms", absl::Microseconds(1)},
      {"007s", absl::Seconds(7)},
      {"315576000000s", absl::Seconds(315576000000)},
  };
  for (const auto& c : cases) {
    const auto duration = ParseDurationText(c.text);
    ASSERT_TRUE(duration.has_value()) << c.text;
    EXPECT_EQ(*duration, c.duration) << c.text;
  }
}

TEST(ParseDurationTextTest, RefusesEverythingElse) {
  for (const std::string text :
       {"",     "s",      "30",   "30 s", " 30s",  "30s ",          "-30s",
        "+30s", "1h30m",  "30S",  "30us", "30ns",  "inf",           "1.s",
        ".5s",  "1.2.3s", "1e3s", "0x1s", "30sec", "315576000001s", "99999999999999999999h"}) {
    EXPECT_FALSE(ParseDurationText(text).has_value()) << text;
  }
}

TEST(DurationTextTest, TakesTheLargestUnitThatIsExact) {
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0s");
  EXPECT_EQ(DurationText(absl::Milliseconds(250)), "250ms");
  EXPECT_EQ(DurationText(absl::Milliseconds(1500)), "1500ms");
  EXPECT_EQ(DurationText(absl::Seconds(90)), "90s");
  EXPECT_EQ(DurationText(absl::Minutes(120)), "2h");
}

TEST(DurationTextTest, IsReadBackExactly) {
  for (const absl::Duration duration : {absl::Nanoseconds(1), absl::Seconds(1) + absl::Nanoseconds(1),
                                        absl::Microseconds(1500), absl::Minutes(61), absl::Hours(24)}) {
    EXPECT_EQ(ParseDurationText(DurationText(duration)), duration) << DurationText(duration);
    EXPECT_EQ(ToDuration(ToProto(duration)), duration);
  }
}

}  // namespace
}  // namespace blooio::gateway
