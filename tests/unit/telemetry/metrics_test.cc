#include "service/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "service/telemetry/event_counter.h"
#include "service/telemetry/process_metrics.h"
#include "tests/unit/telemetry/exposition.h"

namespace blooio::gateway {
namespace {

using blooio::testing::Exposition;
using blooio::testing::ReadExposition;

TEST(MetricsTest, AreTextInTheOrderOfTheirNames) {
  Metrics metrics;
  metrics.ReadGauges("c_open", "Open.", [] { return Readings{{{{"kind", "a\"b\\c\nd"}}, 0.5}}; });
  metrics.ReadCounters("b_total", "Seen.", [] { return Readings{{{}, 12345678901}}; });
  metrics.Counters("a_total", "Came.").Add({{"method", "x"}}).Increment();
  EXPECT_EQ(metrics.Text(),
            "# HELP a_total Came.\n# TYPE a_total counter\na_total{method=\"x\"} 1\n"
            "# HELP b_total Seen.\n# TYPE b_total counter\nb_total 12345678901\n"
            "# HELP c_open Open.\n# TYPE c_open gauge\nc_open{kind=\"a\\\"b\\\\c\\nd\"} 0.5\n");
  EXPECT_EQ(ReadExposition(metrics.Text()).error, "");
}

TEST(LatencyHistogramTest, CountsUpToEachBound) {
  Metrics metrics;
  LatencyHistogram& histogram = metrics.Latencies("a_seconds", "Time.").Add({{"method", "x"}});
  for (const absl::Duration duration :
       {absl::Seconds(-1), absl::ZeroDuration(), absl::Microseconds(100), absl::Nanoseconds(100001),
        absl::Milliseconds(3), absl::Seconds(60), absl::Seconds(61)}) {
    histogram.Observe(duration);
  }
  const Exposition read = ReadExposition(metrics.Text());
  EXPECT_EQ(read.error, "") << metrics.Text();
  const auto bucket = [&](const std::string& bound) {
    return read[R"(a_seconds_bucket{le=")" + bound + R"(",method="x"})"];
  };
  EXPECT_EQ(bucket("0.0001"), 3) << metrics.Text();
  EXPECT_EQ(bucket("0.00025"), 4);
  EXPECT_EQ(bucket("0.0025"), 4);
  EXPECT_EQ(bucket("0.005"), 5);
  EXPECT_EQ(bucket("30"), 5);
  EXPECT_EQ(bucket("60"), 6);
  EXPECT_EQ(bucket("+Inf"), 7);
  EXPECT_EQ(read[R"(a_seconds_count{method="x"})"], 7);
  EXPECT_NEAR(read[R"(a_seconds_sum{method="x"})"], 121.0032, 0.0001);
}

TEST(LatencyHistogramTest, LosesNothingAmongThreads) {
  LatencyHistogram histogram;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5000; ++n) histogram.Observe(absl::Microseconds(n));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(histogram.Collect().sample_count, 20000u);
  EXPECT_NEAR(histogram.Collect().sample_sum, 4 * 4999.0 * 2500 / 1e6, 1e-6);
}

TEST(EventCounterTest, TellsTheFirstOfItsSeries) {
  Metrics metrics;
  EventCounter drift(metrics, "drift_total", "Drift.", {"method", "kind"});
  EXPECT_TRUE(drift.Add("Get", "unknown_key", 3));
  EXPECT_FALSE(drift.Add("Get", "unknown_key"));
  EXPECT_TRUE(drift.Add("Get", "wrong_type"));
  EXPECT_TRUE(drift.Add("List", "unknown_key"));
  const Exposition read = ReadExposition(metrics.Text());
  EXPECT_EQ(read[R"(drift_total{kind="unknown_key",method="Get"})"], 4);
  EXPECT_EQ(read[R"(drift_total{kind="wrong_type",method="Get"})"], 1);
  EXPECT_EQ(read[R"(drift_total{kind="unknown_key",method="List"})"], 1);
}

TEST(EventCounterTest, HasSoManySeriesAndNoMore) {
  Metrics metrics;
  EventCounter failures(metrics, "failures_total", "Failures.", {"kind"});
  for (size_t i = 0; i < EventCounter::kMostSeries + 50; ++i) failures.Add("kind" + std::to_string(i));
  const Exposition read = ReadExposition(metrics.Text());
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.Count("failures_total"), EventCounter::kMostSeries + 1);
  EXPECT_EQ(read[R"(failures_total{kind="other"})"], 50);
}

TEST(ProcessMetricsTest, DescribeThisProcess) {
  Metrics metrics;
  AddProcessMetrics(metrics);
  const Exposition read = ReadExposition(metrics.Text());
  EXPECT_EQ(read.error, "") << metrics.Text();
  EXPECT_GT(read["process_cpu_seconds_total"], 0);
  EXPECT_GT(read["process_resident_memory_bytes"], 1e6);
  EXPECT_GE(read["process_open_fds"], 3);
  EXPECT_GT(read["process_max_fds"], read["process_open_fds"]);
  EXPECT_GE(read["process_threads"], 1);
  EXPECT_NEAR(read["process_start_time_seconds"], static_cast<double>(time(nullptr)), 60);
}

// The reader is what other tests rely on.
TEST(ExpositionTest, IsReadStrictly) {
  const std::string head = "# HELP a_total Help.\n# TYPE a_total counter\n";
  EXPECT_EQ(ReadExposition(head + "a_total{x=\"y\",z=\"\"} 1\na_total 2\n").error, "");
  for (const std::string bad :
       {"a_total 1", "b_total 1\n", "a_total{x=y} 1\n", "a_total{x=\"y\",} 1\n", "a_total x\n",
        "a_total 1\na_total 1\n", "a_total -1\n", "a_total{x=\"\\q\"} 1\n", "\n", "# TYPE a_total counter\n",
        "a_total NaN\n", "a_total{x=\"1\",x=\"2\"} 1\n"}) {
    EXPECT_NE(ReadExposition(head + bad).error, "") << bad;
  }
  const std::string histogram = "# HELP a Help.\n# TYPE a histogram\n";
  EXPECT_EQ(
      ReadExposition(histogram + "a_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\na_count 2\na_sum 3\n").error,
      "");
  for (const std::string bad : {"a_bucket{le=\"1\"} 1\n", "a_bucket{le=\"1\"} 3\na_bucket{le=\"+Inf\"} 2\n",
                                "a_bucket{le=\"+Inf\"} 2\na_count 3\n", "a 1\n"}) {
    EXPECT_NE(ReadExposition(histogram + bad).error, "") << bad;
  }
}

}  // namespace
}  // namespace blooio::gateway
