#include "service/base/thread_name.h"

#include <gtest/gtest.h>

#include <thread>

#include "service/base/event_loop.h"

namespace blooio::gateway {
namespace {

std::string Name() {
  char name[16];
  return pthread_getname_np(pthread_self(), name, sizeof(name)) == 0 ? name : "none";
}

TEST(ThreadNameTest, ALongNameIsCut) {
  std::string name;
  std::thread([&name] {
    NameThread("upstream-of-many-1");
    name = Name();
  }).join();
  EXPECT_EQ(name, "upstream-of-man");
}

TEST(ThreadNameTest, ALoopHasItsOwn) {
  std::string name;
  EventLoop loop("limits");
  loop.Post([&name] { name = Name(); });
  loop.Flush();
  EXPECT_EQ(name, "limits");
}

}  // namespace
}  // namespace blooio::gateway
