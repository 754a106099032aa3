#include "service/telemetry/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "service/telemetry/log.h"
#include "tests/unit/identity/manual_clock.h"
#include "tests/unit/telemetry/exposition.h"

namespace blooio::gateway {
namespace {

using blooio::testing::Exposition;
using blooio::testing::ReadExposition;
using ::testing::ElementsAre;

class TelemetryTest : public ::testing::Test {
 protected:
  Exposition Read() {
    const Exposition read = ReadExposition(telemetry_.metrics().Text());
    EXPECT_EQ(read.error, "") << telemetry_.metrics().Text();
    return read;
  }

  void Record(const CallRecord& record) {
    telemetry_.Count(record);
    telemetry_.WriteLine(record);
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Telemetry telemetry_{SecretString(std::string(32, 'k')), "1.2.3", clock_};
  const MethodMeter& get_ = telemetry_.calls().Method("blooio.v4.GroupsService/GetGroup");
  std::shared_ptr<CallerMeter> billing_ = telemetry_.calls().Caller("billing");
};

// Events and levels of what stderr holds.
std::vector<std::string> Events(const std::string& text) {
  std::vector<std::string> events;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    events.push_back(json["event"].get<std::string>() + " " + json["level"].get<std::string>());
  }
  return events;
}

TEST_F(TelemetryTest, MakesOneLineACall) {
  ::testing::internal::CaptureStderr();
  StartLog(LogLevel::kInfo);
  for (const bool alarm : {false, true}) {
    Telemetry::Begin(get_);
    Record({.method = &get_, .caller = billing_.get(), .alarm = alarm});
  }
  StopLog();
  EXPECT_THAT(Events(::testing::internal::GetCapturedStderr()), ElementsAre("call info", "call error"));
  EXPECT_EQ(Read().Sum("blooio_gateway_calls_total"), 2);
}

TEST_F(TelemetryTest, CountsCallsThatAreNotLogged) {
  ::testing::internal::CaptureStderr();
  StartLog(LogLevel::kError);
  Telemetry::Begin(get_);
  Record({.method = &get_, .caller = billing_.get()});
  StopLog();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(Read().Sum("blooio_gateway_calls_total"), 1);
}

// What anybody can do must not push the lines of others out of the queue.
TEST_F(TelemetryTest, BoundsTheLinesOfCallersThatNobodyKnows) {
  constexpr size_t kFew = Telemetry::kUnknownCallerLinesASecond;
  const auto count = [&](CallerMeter* caller, int calls) {
    for (int i = 0; i < calls; ++i) {
      Telemetry::Begin(get_);
      Record({.method = &get_, .caller = caller});
    }
  };
  ::testing::internal::CaptureStderr();
  StartLog(LogLevel::kInfo);
  count(nullptr, kFew + 70);
  count(billing_.get(), 100);
  telemetry_.Tick();
  clock_.Advance(absl::Seconds(1));
  count(nullptr, 10);
  telemetry_.Tick();
  StopLog();
  const std::vector<std::string> events = Events(::testing::internal::GetCapturedStderr());
  EXPECT_EQ(std::count(events.begin(), events.end(), "call info"), kFew + 100 + 10);
  EXPECT_EQ(std::count(events.begin(), events.end(), "log_lines_left_out warning"), 1);
  const Exposition read = Read();
  EXPECT_EQ(read[R"(blooio_gateway_log_lines_left_out_total{kind="unknown_caller"})"], 70);
  EXPECT_EQ(read.Sum("blooio_gateway_calls_total"), kFew + 70 + 100 + 10);
}

TEST_F(TelemetryTest, WarnsOfDriftOnceAMethodAndKind) {
  ::testing::internal::CaptureStderr();
  StartLog(LogLevel::kWarning);
  const std::vector<DriftRecord> drift = {{"unknown_key", 2}, {"wrong_type", 1}};
  for (int i = 0; i < 3; ++i) {
    Telemetry::Begin(get_);
    Record({.method = &get_, .caller = billing_.get(), .drift = drift});
  }
  StopLog();
  EXPECT_THAT(Events(::testing::internal::GetCapturedStderr()),
              ElementsAre("contract_drift warning", "contract_drift warning"));
  const Exposition read = Read();
  EXPECT_EQ(read[R"(blooio_gateway_contract_drift_total{kind="unknown_key",)"
                 R"(method="blooio.v4.GroupsService/GetGroup"})"],
            6);
}

TEST_F(TelemetryTest, CountsWhoIsNotKnownAndWhatShadowModeLetsPass) {
  Telemetry::Begin(get_);
  Record({.method = &get_, .identity_failure = "unknown_token"});
  Telemetry::Begin(get_);
  Record({.method = &get_, .caller = billing_.get(), .rule = "method", .shadow = true});
  const Exposition read = Read();
  EXPECT_EQ(read[R"(blooio_gateway_identity_failures_total{kind="unknown_token"})"], 1);
  EXPECT_EQ(read[R"(blooio_gateway_shadow_refusals_total{caller="billing",rule="method"})"], 1);
}

TEST_F(TelemetryTest, CountsWhatLimitsRefuseAndWouldRefuse) {
  constexpr std::array<std::string_view, 2> kShadowed = {"account", "caller"};
  Telemetry::Begin(get_);
  Record({.method = &get_, .caller = billing_.get(), .limit = "method", .shortage = "rate"});
  Telemetry::Begin(get_);
  Record({.method = &get_, .caller = billing_.get(), .shadowed_limits = kShadowed});
  const Exposition read = Read();
  EXPECT_EQ(read[R"(blooio_gateway_limit_refusals_total{limit="method",shortage="rate"})"], 1);
  EXPECT_EQ(read[R"(blooio_gateway_limit_shadow_refusals_total{caller="billing",limit="account"})"], 1);
  EXPECT_EQ(read[R"(blooio_gateway_limit_shadow_refusals_total{caller="billing",limit="caller"})"], 1);
}

TEST_F(TelemetryTest, ShowsHowAccountsStand) {
  telemetry_.ReadLimits([] {
    return std::vector<LimitReading>{
        {.account = "main", .limited = true, .rate = 35, .tokens = 7, .waiting = 3, .in_flight = 2},
        {.account = "free", .in_flight = 1}};
  });
  const Exposition read = Read();
  EXPECT_EQ(read[R"(blooio_gateway_account_rate_limit{account="main"})"], 35);
  EXPECT_EQ(read[R"(blooio_gateway_account_tokens{account="main"})"], 7);
  EXPECT_EQ(read[R"(blooio_gateway_account_waiting{account="main"})"], 3);
  EXPECT_EQ(read[R"(blooio_gateway_account_in_flight{account="main"})"], 2);
  EXPECT_EQ(read[R"(blooio_gateway_account_in_flight{account="free"})"], 1);
  EXPECT_FALSE(read.samples.contains(R"(blooio_gateway_account_tokens{account="free"})"));
}

TEST_F(TelemetryTest, SaysWhetherLimitsAreShared) {
  EXPECT_FALSE(Read().samples.contains("blooio_gateway_limits_shared"));
  telemetry_.SetLimitsShared(true, "");
  EXPECT_EQ(Read()["blooio_gateway_limits_shared"], 1);
  telemetry_.SetLimitsShared(false, "timeout");
  EXPECT_EQ(Read()["blooio_gateway_limits_shared"], 0);
  EXPECT_EQ(Read()[R"(blooio_gateway_redis_troubles_total{kind="timeout",use="limits"})"], 1);
}

TEST_F(TelemetryTest, TellsOfTheLedgerTheCircuitsAndTheRoom) {
  telemetry_.SetLedgerShared(false, "connection");
  telemetry_.ReadLedger([] { return LedgerReading{.running = 1, .done = 2, .unknown = 3}; });
  telemetry_.ReadCircuits([] {
    return std::vector<CircuitReading>{{"main", "v2", true}, {"main", "v4", false}};
  });
  telemetry_.ReadOccupancy([] { return 7; }, 10);
  Telemetry::Begin(get_);
  Record({.method = &get_, .ledger = "done"});
  const std::pair<const char*, double> expected[] = {
      {"blooio_gateway_ledger_shared", 0},
      {R"(blooio_gateway_redis_troubles_total{kind="connection",use="ledger"})", 1},
      {R"(blooio_gateway_ledger_entries{state="running"})", 1},
      {R"(blooio_gateway_ledger_entries{state="done"})", 2},
      {R"(blooio_gateway_ledger_entries{state="unknown"})", 3},
      {R"(blooio_gateway_upstream_circuit_open{account="main",api="v2"})", 1},
      {R"(blooio_gateway_upstream_circuit_open{account="main",api="v4"})", 0},
      {"blooio_gateway_calls_present", 7},
      {"blooio_gateway_calls_present_limit", 10},
      {R"(blooio_gateway_keyed_calls_total{ledger="done"})", 1},
  };
  for (const auto& [series, value] : expected) EXPECT_EQ(Read()[series], value) << series;
}

TEST_F(TelemetryTest, ShowsWhatMayFailBeforeItDoes) {
  constexpr char kSeries[] = R"(blooio_gateway_identity_failures_total{kind="unknown_token"})";
  EXPECT_FALSE(Read().samples.contains(kSeries));
  telemetry_.ExpectIdentityFailure("unknown_token");
  EXPECT_TRUE(Read().samples.contains(kSeries));
  EXPECT_EQ(Read()[kSeries], 0);
  Telemetry::Begin(get_);
  Record({.method = &get_, .identity_failure = "unknown_token"});
  EXPECT_EQ(Read()[kSeries], 1);
}

TEST_F(TelemetryTest, TellsOfReloadsKeysAndConnections) {
  telemetry_.CountReload(true);
  telemetry_.CountReload(false);
  telemetry_.CountReload(false);
  telemetry_.ReadKeys([] {
    return std::vector<AccountReading>{
        {"main", false, {{"current", true, absl::FromUnixSeconds(1000)}}},
        {"other", true, {{"current", false, {}}, {"next", false, absl::FromUnixSeconds(2000)}}}};
  });
  telemetry_.ReadConnections([] { return ConnectionReading{.opened = 7, .open = 3}; });
  const Exposition read = Read();
  EXPECT_EQ(read[R"(blooio_gateway_config_reloads_total{result="good"})"], 1);
  EXPECT_EQ(read[R"(blooio_gateway_config_reloads_total{result="bad"})"], 2);
  EXPECT_NEAR(read["blooio_gateway_config_last_load_success_timestamp_seconds"],
              static_cast<double>(time(nullptr)), 60);
  EXPECT_EQ(read[R"(blooio_gateway_key_active{account="main",slot="current"})"], 1);
  EXPECT_EQ(read[R"(blooio_gateway_key_active{account="other",slot="next"})"], 0);
  EXPECT_EQ(read[R"(blooio_gateway_account_without_key{account="main"})"], 0);
  EXPECT_EQ(read[R"(blooio_gateway_account_without_key{account="other"})"], 1);
  EXPECT_EQ(read.Count("blooio_gateway_account_without_key"), 2u);
  EXPECT_EQ(read[R"(blooio_gateway_key_loaded_timestamp_seconds{account="main",slot="current"})"], 1000);
  EXPECT_EQ(read["blooio_gateway_upstream_connections_opened_total"], 7);
  EXPECT_EQ(read["blooio_gateway_upstream_connections_open"], 3);
  EXPECT_EQ(read[R"(blooio_gateway_build_info{version="1.2.3"})"], 1);
  EXPECT_EQ(read["blooio_gateway_log_lines_dropped_total"], 0);
}

}  // namespace
}  // namespace blooio::gateway
