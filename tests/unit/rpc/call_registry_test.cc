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

// One whose RPC has come to its queue is neither under way nor gone.
TEST(CallRegistryTest, IsEmptyOnceEveryCallIsGone) {
  CallRegistry registry;
  EXPECT_TRUE(registry.WaitForNone(absl::InfinitePast()));
  registry.Add();
  registry.Add();
  EXPECT_FALSE(registry.WaitForNone(absl::InfinitePast()));
  registry.Begin(Name(1));
  registry.End(Name(1));
  registry.Remove();
  EXPECT_FALSE(registry.WaitForNone(absl::InfinitePast()));
  std::thread last([&] { registry.Remove(); });
  EXPECT_TRUE(registry.WaitForNone(absl::InfiniteFuture()));
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
