#include "service/redis/backoff.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

class FixedRandomness : public Randomness {
 public:
  uint64_t Next() override { return bits; }
  uint64_t bits = 0;
};

TEST(Backoff, DoublesUpToItsMost) {
  FixedRandomness randomness;
  randomness.bits = uint64_t{1} << 63;  // In the middle.
  Backoff backoff({}, randomness);
  for (int milliseconds : {100, 200, 400, 800, 1000, 1000}) {
    EXPECT_EQ(backoff.Next(), absl::Milliseconds(milliseconds));
  }
  backoff.Worked(absl::Milliseconds(999));
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(1000));
  backoff.Worked(absl::Seconds(1));
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(100));
}

TEST(Backoff, IsAFifthMoreOrLess) {
  FixedRandomness randomness;
  EXPECT_EQ(Backoff({}, randomness).Next(), absl::Milliseconds(80));
  randomness.bits = ~uint64_t{0};
  EXPECT_GT(Backoff({}, randomness).Next(), absl::Milliseconds(119));
  EXPECT_LE(Backoff({}, randomness).Next(), absl::Milliseconds(120));
}

}  // namespace
}  // namespace blooio::gateway
