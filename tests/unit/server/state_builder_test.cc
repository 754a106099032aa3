#include "service/server/state_builder.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "service/config/config.h"
#include "tests/unit/pipeline/fake_upstream.h"

namespace blooio::gateway {
namespace {

class StateBuilderTest : public testing::Test {
 protected:
  StateBuilderTest() {
    std::ofstream(key_file_) << "bl_test_key";
    std::filesystem::permissions(key_file_, std::filesystem::perms::owner_read);
  }
  ~StateBuilderTest() override { std::filesystem::remove(key_file_); }

  // With an account and a caller of these names.
  v1::GatewayConfig Config(const std::string& account, const std::string& caller) const {
    v1::GatewayConfig config = LocalConfig();
    config.clear_accounts();
    v1::AccountConfig& added = *config.add_accounts();
    added.set_name(account);
    added.set_api_key_file(key_file_);
    v1::CallerConfig& entry = *config.add_callers();
    entry.set_name(caller);
    entry.add_accounts(account);
    return config;
  }

  // A call of every caller on every account.
  void Call(const PipelineState& state) {
    constexpr std::array kAttempts = {AttemptKind::k2xx};
    for (const auto& caller : state.caller_meters) {
      for (const Account& account : state.accounts) {
        Telemetry::Begin(method_);
        telemetry_.Count({.method = &method_,
                          .caller = caller.get(),
                          .account = account.meter.get(),
                          .attempts = kAttempts,
                          .rule = "method",
                          .shadow = true});
      }
    }
  }

  // Series of callers and accounts, not of the process, by their number.
  size_t Series() {
    size_t lines = 0;
    const std::string text = telemetry_.metrics().Text();
    for (size_t at = text.find("\nblooio_gateway"); at != std::string::npos;
         at = text.find("\nblooio_gateway", at + 1)) {
      ++lines;
    }
    return lines;
  }

  const std::string key_file_ = testing::TempDir() + "/state_builder_key";
  FileWatcher files_;
  FakeUpstream upstream_;
  Telemetry telemetry_{SecretString("0123456789abcdef0123456789abcdef"), "1"};
  const MethodMeter& method_ = telemetry_.calls().Method("blooio.v4.GroupsService/GetGroup");
  StateBuilder builder_{files_, upstream_, telemetry_};
};

TEST_F(StateBuilderTest, LeavesNoSeriesOfNamesThatNoConfigurationHas) {
  auto state = builder_.Build(Config("account", "caller"));
  ASSERT_TRUE(state.ok()) << state.status();
  Call(*state->state);
  const size_t series = Series();
  for (int i = 0; i < 20; ++i) {
    auto next = builder_.Build(Config("account" + std::to_string(i), "caller" + std::to_string(i)));
    ASSERT_TRUE(next.ok()) << next.status();
    // A call that began with the old one.
    Call(*state->state);
    state = std::move(next);
    telemetry_.Tick();
    Call(*state->state);
    EXPECT_EQ(Series(), series) << telemetry_.metrics().Text();
  }
}

TEST_F(StateBuilderTest, LeavesNoSeriesOfABuildThatFails) {
  auto state = builder_.Build(Config("account", "caller"));
  ASSERT_TRUE(state.ok()) << state.status();
  Call(*state->state);
  const size_t series = Series();
  v1::GatewayConfig bad = Config("other", "caller");
  bad.mutable_service_account_tokens()->set_jwks_file("/nowhere/jwks.json");
  EXPECT_FALSE(builder_.Build(bad).ok());
  telemetry_.Tick();
  EXPECT_EQ(Series(), series) << telemetry_.metrics().Text();
}

}  // namespace
}  // namespace blooio::gateway
