// For an account that is out of use: another key, because a probe brings the old one
// back at most twice a minute.
#pragma once

#include <gtest/gtest.h>

#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {

// Both have it from here on.
inline void ChangeKey(SandboxServer& sandbox, GatewayServer& gateway) {
  sandbox.ChangeKey();
  gateway.Replace("key", sandbox.key());
  // What the log shows of it.
  const std::string fingerprint = sandbox.KeyFingerprint().substr(sizeof "Bearer sha256:" - 1);
  ASSERT_TRUE(gateway.process().WaitForError(fingerprint, absl::Seconds(30))) << gateway.process().err();
}

}  // namespace blooio::integration
