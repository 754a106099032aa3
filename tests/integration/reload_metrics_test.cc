// What is counted of configurations that are read again.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/harness/observed.h"

namespace blooio::integration {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kGood[] = R"(blooio_gateway_config_reloads_total{result="good"})";
constexpr char kBad[] = R"(blooio_gateway_config_reloads_total{result="bad"})";
constexpr char kLoaded[] = "blooio_gateway_config_last_load_success_timestamp_seconds";

// In whole seconds, as the gateway tells it.
double Now() { return static_cast<double>(absl::ToUnixSeconds(absl::Now())); }

TEST(ReloadMetricsTest, TellGoodOnesFromBad) {
  GatewayOptions options;
  options.sections = "http: { listen: '127.0.0.1:0' }\n";
  const double begun = Now();
  GatewayServer gateway(options);
  // What it looks at to begin with is no reload.
  ASSERT_TRUE(gateway.process().WaitForError("configuration_unchanged", kPatience));
  auto read = Scrape(gateway);
  EXPECT_EQ(read.Count("blooio_gateway_config_reloads_total"), 2u);
  EXPECT_EQ(read[kGood], 0);
  EXPECT_EQ(read[kBad], 0);
  const double started = read[kLoaded];
  EXPECT_GE(started, begun);
  EXPECT_LE(started, Now());

  // Bad ones, until the second of the start is over.
  const std::string good = ConfigText(options, "key");
  int bad = 0;
  double last_bad = 0;
  do {
    last_bad = Now();
    gateway.Replace("gateway.yaml", good + std::string(bad, '\n') + "nonsense: 1\n");
    const auto line = std::count(good.begin(), good.end(), '\n') + ++bad;
    ASSERT_TRUE(gateway.process().WaitForError(absl::StrCat("yaml:", line, ": nonsense: unknown"), kPatience))
        << gateway.process().err();
  } while (last_bad <= started);
  read = Scrape(gateway);
  EXPECT_EQ(read[kGood], 0);
  EXPECT_EQ(read[kBad], bad);
  EXPECT_EQ(read[kLoaded], started);

  options.upstream_settings = "default_deadline: 20s";
  gateway.Replace("gateway.yaml", ConfigText(options, "key"));
  ASSERT_TRUE(gateway.process().WaitForError("configuration_loaded", kPatience));
  read = Scrape(gateway);
  EXPECT_EQ(read[kGood], 1);
  EXPECT_EQ(read[kBad], bad);
  EXPECT_GE(read[kLoaded], last_bad);
  EXPECT_LE(read[kLoaded], Now());
  EXPECT_EQ(gateway.Stop(), 0);
}

}  // namespace
}  // namespace blooio::integration
