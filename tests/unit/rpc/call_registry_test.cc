#include "service/rpc/call_registry.h"

#include <gtest/gtest.h>

#include <thread>

namespace blooio::gateway {
namespace {

struct FakeRunning : RunningCall {
  void Cancel() override {}
  void Abandon() override { ++abandoned; }
  int abandoned = 0;
};

// The registry only compares them.
const ServerCall* Name(int i) { return reinterpret_cast<const ServerCall*>(static_cast<uintptr_t>(i) << 8); }

TEST(CallRegistryTest, IsIdleOnceEveryCallHasEnded) {
  CallRegistry registry;
  EXPECT_TRUE(registry.WaitUntilIdle(absl::InfinitePast()));
  registry.Add();
  registry.Add();
  EXPECT_TRUE(registry.WaitUntilIdle(absl::InfinitePast())) << "waiting calls are not under way";
  registry.Begin(Name(1));
  EXPECT_FALSE(registry.WaitUntilIdle(absl::InfinitePast()));
  std::thread other([&] { registry.End(Name(1)); });
  EXPECT_TRUE(registry.WaitUntilIdle(absl::InfiniteFuture()));
  other.join();
  std::thread last([&] {
    registry.Remove();
    registry.Remove();
  });
  registry.WaitForNone();
  last.join();
}

TEST(CallRegistryTest, AbandonsWhatRunsAndWhatIsStillToCome) {
  CallRegistry registry;
  auto early = std::make_shared<FakeRunning>();
  auto late = std::make_shared<FakeRunning>();
  registry.Begin(Name(1));
  registry.Run(Name(1), early);
  registry.Begin(Name(2));
  registry.Run(Name(2), nullptr);  // refused at once
  registry.AbandonAll();
  EXPECT_EQ(early->abandoned, 1);
  registry.Begin(Name(3));
  registry.Run(Name(3), late);
  EXPECT_EQ(late->abandoned, 1);
}

}  // namespace
}  // namespace blooio::gateway
