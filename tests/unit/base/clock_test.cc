#include "service/base/clock.h"

#include <gmock/gmock.h>

#include <set>
#include <vector>

namespace blooio::gateway {
namespace {

class FixedRandomness : public Randomness {
 public:
  explicit FixedRandomness(std::vector<uint64_t> values) : values_(std::move(values)) {}
  uint64_t Next() override { return values_[next_++ % values_.size()]; }

 private:
  std::vector<uint64_t> values_;
  size_t next_ = 0;
};

TEST(MakeUuid, SpellsTheBitsAndSetsVersionAndVariant) {
  struct Row {
    std::vector<uint64_t> random;
    const char* uuid;
  };
  const std::vector<Row> rows = {
      {{0, 0}, "00000000-0000-4000-8000-000000000000"},
      {{~0ULL, ~0ULL}, "ffffffff-ffff-4fff-bfff-ffffffffffff"},
      {{0x0123456789ABCDEF, 0xFEDCBA9876543210}, "01234567-89ab-4def-bedc-ba9876543210"},
      {{0x00000001000200FF, 0x4001000000000002}, "00000001-0002-40ff-8001-000000000002"},
  };
  for (const Row& row : rows) {
    FixedRandomness randomness(row.random);
    EXPECT_EQ(MakeUuid(randomness), row.uuid);
  }
}

TEST(MakeUuid, IsOfVersion4AndDiffersEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = MakeUuid(SystemRandomness());
    EXPECT_THAT(uuid,
                testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(Randomness, UniformStaysBelowOne) {
  FixedRandomness randomness({0, ~0ULL, 1ULL << 63});
  EXPECT_EQ(randomness.Uniform(), 0.0);
  const double most = randomness.Uniform();
  EXPECT_LT(most, 1.0);
  EXPECT_GT(most, 0.9999999999);
  EXPECT_EQ(randomness.Uniform(), 0.5);
}

TEST(SystemClock, TellsTheTime) {
  EXPECT_GT(SystemClock().Now(), absl::FromUnixSeconds(1'700'000'000));
  EXPECT_LT(SystemClock().Now(), absl::FromUnixSeconds(10'000'000'000));
}

}  // namespace
}  // namespace blooio::gateway
