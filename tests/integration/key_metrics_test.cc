// What the metrics say of accounts' keys and of the files that those come from.
#include "absl/time/clock.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/keys_world.h"
#include "tests/unit/telemetry/exposition.h"

namespace blooio::integration {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class KeyMetricsTest : public KeysWorld {
 protected:
  double Sample(const std::string& series) const {
    const HttpAnswer answer = Fetch("GET", gateway_->http_address(), "/metrics");
    const auto read = blooio::testing::ReadExposition(answer.body);
    EXPECT_TRUE(read.samples.contains(series)) << series;
    return read[series];
  }
  // What the metrics say of a key, such as "active" of "current".
  double Metric(const std::string& what, const std::string& slot) const {
    return Sample(absl::StrCat("blooio_gateway_key_", what, R"({account="main",slot=")", slot, "\"}"));
  }
  // The metrics come to have this line.
  void AwaitLine(const std::string& line) const {
    const absl::Time until = absl::Now() + kPatience;
    std::string metrics;
    do {
      metrics = Fetch("GET", gateway_->http_address(), "/metrics").body;
    } while (metrics.find("\n" + line + "\n") == std::string::npos && absl::Now() < until);
    EXPECT_THAT(metrics, HasSubstr("\n" + line + "\n"));
  }
  static std::string Refused(const std::string& account, const std::string& setting, bool refused) {
    return absl::StrCat(R"(blooio_gateway_file_refused{account=")", account, R"(",setting="accounts.)",
                        setting, "\"} ", refused ? 1 : 0);
  }
};

TEST_F(KeyMetricsTest, SayWhichKeyIsInUseAndHowOldItIs) {
  constexpr char kWithoutKey[] = R"(blooio_gateway_account_without_key{account="main"})";
  const std::string a = MakeKey("a"), b = MakeKey("b");
  Write("main", a);
  Write("main.next", b);
  const double began = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  sandbox_.Accept({a});
  Start(Path("main"), Path("main.next"));
  EXPECT_EQ(Call().code, 0);
  EXPECT_EQ(Metric("active", "current"), 1);
  EXPECT_EQ(Metric("active", "next"), 0);
  for (const char* slot : {"current", "next"}) {
    EXPECT_GE(Metric("loaded_timestamp_seconds", slot), began);
    EXPECT_LE(Metric("loaded_timestamp_seconds", slot), began + 600);
  }
  sandbox_.Accept({b});
  EXPECT_EQ(Call().code, 0);
  EXPECT_EQ(Metric("active", "current"), 0);
  EXPECT_EQ(Metric("active", "next"), 1);
  EXPECT_EQ(Sample(kWithoutKey), 0);
  sandbox_.Accept({});
  EXPECT_EQ(Call().Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  ASSERT_TRUE(Says("account_without_key"));
  EXPECT_EQ(Sample(kWithoutKey), 1);
  // The probe's attempts are attempts.
  AwaitLine(R"(blooio_gateway_upstream_attempts_total{account="main",api="v4",result="4xx"} 2)");
}

TEST_F(KeyMetricsTest, SayWhichKeyFileIsRefusedForAsLongAsItIs) {
  Write("main", sandbox_.key());
  Write("main.next", "");
  Start(Path("main"), Path("main.next"));
  AwaitLine(Refused("main", "api_key_file", false));
  AwaitLine(Refused("main", "next_api_key_file", true));
  fs::remove(Path("main"));
  AwaitLine(Refused("main", "api_key_file", true));
  Write("main", sandbox_.key());
  AwaitLine(Refused("main", "api_key_file", false));
  AwaitLine(Refused("main", "next_api_key_file", true));
  fs::remove(Path("main.next"));
  AwaitLine(Refused("main", "next_api_key_file", false));

  // What an account had refused is nobody's trouble once it is gone.
  fs::remove(Path("main"));
  AwaitLine(Refused("main", "api_key_file", true));
  Write("eu", sandbox_.key());
  GatewayOptions options;
  options.sections = "http: { listen: '127.0.0.1:0' }\n";
  std::string config = ConfigText(options, Path("eu"));
  config.replace(config.find("name: main"), sizeof "name: main" - 1, "name: eu");
  gateway_->Replace("gateway.yaml", config);
  AwaitLine(Refused("eu", "api_key_file", false));
  const absl::Time until = absl::Now() + kPatience;
  const std::string stale = Refused("main", "api_key_file", true);
  std::string metrics = stale;
  while (metrics.find(stale) != std::string::npos && absl::Now() < until) {
    metrics = Fetch("GET", gateway_->http_address(), "/metrics").body;
  }
  EXPECT_THAT(metrics, ::testing::Not(HasSubstr(stale)));
}

}  // namespace
}  // namespace blooio::integration
