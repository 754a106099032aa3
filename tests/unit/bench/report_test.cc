#include "tests/bench/load/report.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace blooio::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Sample Cpu(double us) { return {.cpu_us = us, .p50_us = 10 * us}; }

// One round for each CPU time of the gateway; the floors together always take 100 us, and Go 200.
Result Rounds(int in_flight, std::initializer_list<double> gateway) {
  Result result;
  result.what.in_flight = in_flight;
  for (const double us : gateway) {
    result.rounds.push_back({{kGateway, Cpu(us)}, {kNoOp, Cpu(30)}, {kCurl, Cpu(70)}, {kGo, Cpu(200)}});
  }
  return result;
}

TEST(ReportTest, TheCalmerHalfCountsOfEachByItself) {
  const Result result = Rounds(64, {100, 400, 120, 300, 140});
  EXPECT_DOUBLE_EQ(*FloorRatio(LeastDisturbed(result.rounds)), 1.2) << "the least three of five";
  EXPECT_DOUBLE_EQ(*FloorRatio(Overall(result.rounds)), 2.12);
  Result crossed = Rounds(64, {100, 200});
  crossed.rounds[0][kNoOp] = Cpu(130);
  EXPECT_DOUBLE_EQ(*FloorRatio(LeastDisturbed(crossed.rounds)), 1)
      << "the gateway's first, the floor's second";
}

TEST(ReportTest, MediansAreOfTheMiddleOrBothMiddles) {
  const auto gateway = [](const Round& round) { return round.at(kGateway).cpu_us; };
  EXPECT_DOUBLE_EQ(Median(Rounds(64, {5, 1, 3}).rounds, gateway), 3);
  EXPECT_DOUBLE_EQ(Median(Rounds(64, {5, 1, 3, 9}).rounds, gateway), 4);
}

TEST(ReportTest, TellsWhatIsMissed) {
  EXPECT_THAT(Missed({Rounds(64, {150, 150})}), IsEmpty()) << "at most, and that it is";
  EXPECT_THAT(Missed({Rounds(64, {151})}),
              ElementsAre("HTTP/1.1, 64 in flight: CPU per call / (A + B) is 1.51, "
                          "and should be at most 1.5"));
  EXPECT_THAT(Missed({Rounds(64, {300})}),
              ElementsAre(HasSubstr("(A + B) is 3.00"), HasSubstr("Go is 1.50")));
  EXPECT_THAT(Missed({Rounds(1, {110})}), IsEmpty());
  EXPECT_THAT(Missed({Rounds(1, {111})}), ElementsAre(HasSubstr("(A + B), us is 110.00")));
}

TEST(ReportTest, WhatWasNotMeasuredIsNotMet) {
  Result result = Rounds(64, {100});
  result.rounds[0].erase(kGo);
  EXPECT_THAT(Missed({result}),
              ElementsAre("HTTP/1.1, 64 in flight: CPU per call / the gateway in Go was not measured"));
  result.rounds[0][kNoOp].cpu_us = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Missed({result}), ElementsAre(HasSubstr("is nan"), HasSubstr("was not measured")));
  EXPECT_THAT(Missed({Rounds(16, {100})}), ElementsAre("no case was measured that has a target"));
  EXPECT_THAT(Missed({}), ElementsAre("no case was measured that has a target"));
}

TEST(ReportTest, WhatWasNotMeasuredIsNullAndNotInTheTable) {
  Result result = Rounds(64, {100});
  result.rounds[0].erase(kCurl);
  result.failed[kCurl] = "B: it did not start";
  const auto json = nlohmann::json::parse(Json({result}))["cases"][0];
  EXPECT_TRUE(json["cpu_over_floors"].is_null());
  EXPECT_EQ(json["cpu_over_go"], 0.5);
  EXPECT_EQ(json["cpu_over_go_all"], 0.5);
  EXPECT_THAT(Table(result), HasSubstr("not measured: B: it did not start"));
  EXPECT_THAT(Table(result), ::testing::Not(HasSubstr("(A + B)")));
  result.rounds.clear();
  EXPECT_THAT(Table(result), HasSubstr("not measured: B: it did not start"));
}

}  // namespace
}  // namespace blooio::bench
