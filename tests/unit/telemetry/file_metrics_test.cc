#include "service/telemetry/file_metrics.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/unit/telemetry/exposition.h"

namespace blooio::gateway {
namespace {

using blooio::testing::ReadExposition;

class FileMetricsTest : public ::testing::Test {
 protected:
  // -1 without such a series.
  double Refused(const std::string& setting, const std::string& account) const {
    const std::string series =
        "blooio_gateway_file_refused{account=\"" + account + "\",setting=\"" + setting + "\"}";
    const auto read = ReadExposition(metrics_.Text());
    EXPECT_EQ(read.error, "");
    const auto found = read.samples.find(series);
    return found == read.samples.end() ? -1 : found->second;
  }

  Metrics metrics_;
  FileMetrics files_{metrics_};
};

TEST_F(FileMetricsTest, IsThereOnceAFileIs) {
  EXPECT_EQ(Refused("jwks", ""), -1);
  FileMeter meter = files_.Meter("jwks");
  EXPECT_EQ(Refused("jwks", ""), 0);
  for (const bool refused : {true, true, false, false, true}) {
    meter.SetRefused(refused);
    EXPECT_EQ(Refused("jwks", ""), refused ? 1 : 0);
  }
}

TEST_F(FileMetricsTest, TellsAccountsApart) {
  FileMeter main = files_.Meter("key", "main");
  const FileMeter eu = files_.Meter("key", "eu");
  main.SetRefused(true);
  EXPECT_EQ(Refused("key", "main"), 1);
  EXPECT_EQ(Refused("key", "eu"), 0);
}

TEST_F(FileMetricsTest, AFileThatIsNoLongerWatchedIsNotRefused) {
  std::optional<FileMeter> before(files_.Meter("key", "main"));
  before->SetRefused(true);
  FileMeter moved(std::move(*before));
  before.reset();
  EXPECT_EQ(Refused("key", "main"), 1);
  { const FileMeter ends = std::move(moved); }
  EXPECT_EQ(Refused("key", "main"), -1);
}

// A configuration's files are watched before those of the last one are let go.
TEST_F(FileMetricsTest, TheEndOfOneDoesNotHideTheOther) {
  std::optional<FileMeter> before(files_.Meter("key", "main"));
  before->SetRefused(true);
  FileMeter after = files_.Meter("key", "main");
  after.SetRefused(true);
  EXPECT_EQ(Refused("key", "main"), 1);
  before.reset();
  EXPECT_EQ(Refused("key", "main"), 1);
  after.SetRefused(false);
  EXPECT_EQ(Refused("key", "main"), 0);
}

}  // namespace
}  // namespace blooio::gateway
