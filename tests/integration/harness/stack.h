// A sandbox, a gateway in front of it and a caller: what most tests need.
// Shared by the tests of a suite, put back to the beginning before each.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {

struct Stack {
  explicit Stack(const GatewayOptions& options = GatewayOptions())
      : gateway(Towards(sandbox, options)), caller(gateway.address()) {}

  static GatewayOptions Towards(const SandboxServer& sandbox, GatewayOptions options) {
    options.upstream = sandbox.address();
    options.key = sandbox.key();
    return options;
  }

  SandboxServer sandbox;
  GatewayServer gateway;
  Caller caller;
};

// `Suite` makes each suite's stack its own.
template <class Suite>
class StackTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = new Stack(Suite::Options()); }
  static void TearDownTestSuite() {
    // What the tests did left nothing behind that would keep it from ending.
    EXPECT_EQ(stack_->gateway.Stop(), 0) << stack_->gateway.process().err();
    delete std::exchange(stack_, nullptr);
  }
  static GatewayOptions Options() { return GatewayOptions(); }

  void SetUp() override { sandbox().Reset(); }

  static SandboxServer& sandbox() { return stack_->sandbox; }
  static GatewayServer& gateway() { return stack_->gateway; }
  static Caller& caller() { return stack_->caller; }

 private:
  static inline Stack* stack_ = nullptr;
};

}  // namespace blooio::integration
