#include "service/identity/digest_cache.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace blooio::gateway {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::shared_ptr<const int> Number(int value) { return std::make_shared<const int>(value); }

TEST(DigestCacheTest, KeepsUntilItExpires) {
  DigestCache<int> cache(100);
  cache.Insert(Sha256("a"), Number(1), kNow + absl::Seconds(10));
  ASSERT_NE(cache.Find(Sha256("a"), kNow), nullptr);
  EXPECT_EQ(*cache.Find(Sha256("a"), kNow), 1);
  EXPECT_EQ(cache.Find(Sha256("b"), kNow), nullptr);
  EXPECT_NE(cache.Find(Sha256("a"), kNow + absl::Seconds(9)), nullptr);
  EXPECT_EQ(cache.Find(Sha256("a"), kNow + absl::Seconds(10)), nullptr);
  EXPECT_EQ(cache.size(), 0u) << "what has expired goes";
}

TEST(DigestCacheTest, ReplacesWhatItHas) {
  DigestCache<int> cache(100);
  cache.Insert(Sha256("a"), Number(1), kNow + absl::Seconds(1));
  cache.Insert(Sha256("a"), Number(2), kNow + absl::Seconds(9));
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(*cache.Find(Sha256("a"), kNow + absl::Seconds(5)), 2);
}

TEST(DigestCacheTest, IsBoundedAndLosesTheOldest) {
  constexpr int kCapacity = 160;
  DigestCache<int> cache(kCapacity);
  for (int i = 0; i < 10 * kCapacity; ++i) {
    cache.Insert(Sha256(absl::StrCat(i)), Number(i), kNow + absl::Hours(1));
    ASSERT_LE(cache.size(), static_cast<size_t>(kCapacity));
  }
  EXPECT_EQ(cache.size(), static_cast<size_t>(kCapacity));
  EXPECT_EQ(cache.Find(Sha256("0"), kNow), nullptr);
  EXPECT_NE(cache.Find(Sha256(absl::StrCat(10 * kCapacity - 1)), kNow), nullptr);
}

TEST(DigestCacheTest, ServesManyThreads) {
  DigestCache<int> cache(64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 5'000; ++i) {
        const Digest digest = Sha256(absl::StrCat(i % 100));
        const auto found = cache.Find(digest, kNow + absl::Seconds(i % 7));
        EXPECT_TRUE(found == nullptr || *found == i % 100);
        cache.Insert(digest, Number(i % 100), kNow + absl::Seconds(t + i % 5));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.size(), 64u);
}

}  // namespace
}  // namespace blooio::gateway
