// After a 401: until the gateway's probe has found the key accepted again.
#pragma once

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/caller.h"

namespace blooio::integration {

// Calls until the account has a key. What it calls, anybody may see.
inline void AwaitKey(const Caller& caller) {
  const absl::Time until = absl::Now() + absl::Seconds(30);
  v4::ListGroupsResponse reply;
  while (caller.Call(v4::ListGroupsRequest(), &reply).Reason() == "ACCOUNT_WITHOUT_KEY") {
    ASSERT_LT(absl::Now(), until) << "no probe has brought the account back";
  }
}

}  // namespace blooio::integration
