#include "service/server/process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace blooio::gateway {
namespace {

// In a process of its own: what is set up holds for all of it.
TEST(SetUpProcessDeathTest, ShowsItsMemoryToNobodyAndDumpsNoCore) {
  const auto set_up = [] {
    if (prctl(PR_GET_DUMPABLE) != 1) _exit(2);
    if (!SetUpProcess().ok()) _exit(3);
    rlimit core{};
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) _exit(4);
    _exit(prctl(PR_GET_DUMPABLE) == 0 ? 0 : 5);
  };
  EXPECT_EXIT(set_up(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace blooio::gateway
