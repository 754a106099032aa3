#include "service/pipeline/occupancy.h"

#include <gmock/gmock.h>

#include "tests/unit/pipeline/limits_fixture.h"

namespace blooio::gateway {
namespace {

// The first account's calls wait behind one that runs; at most four calls in all.
class OccupancyTest : public LimitsTest {
 protected:
  OccupancyTest() {
    auto state = State({.accounts = {{"main", 0}}, .methods = {"*"}});
    state->caller_weights = {1};
    light_ = state;
    state = State({.accounts = {{"main", 0}}, .methods = {"*"}});
    state->caller_weights = {3};
    heavy_ = state;
    pipeline_ = std::make_unique<Pipeline>(light_, Parts(), 4);
    LimitAccount(1, absl::Seconds(10));
  }
  void Add(const std::shared_ptr<PipelineState>& whose) {
    pipeline_->Use(whose);
    List();
  }
  std::string Reason() const { return outcome_.error ? ReasonOf(*outcome_.error) : "OK"; }

  std::shared_ptr<PipelineState> light_, heavy_;
};

TEST_F(OccupancyTest, OneTooManyIsRefusedBeforeAnythingIsSpent) {
  for (int i = 0; i < 4; ++i) Add(light_);
  EXPECT_EQ(ends_, 0);
  EXPECT_EQ(pipeline_->occupancy().present(), 4);
  Add(light_);
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(Reason(), "GATEWAY_OVERLOADED");
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::UNAVAILABLE);
  EXPECT_GT(outcome_.error->pushback_ms, 0);
  EXPECT_EQ(Waiting(), 3u);
  // Whoever ends makes room.
  AnswerAll(200);
  EXPECT_EQ(pipeline_->occupancy().present(), 3);
  Add(light_);
  EXPECT_EQ(pipeline_->occupancy().present(), 4);
}

TEST_F(OccupancyTest, AHeavierOneTakesThePlaceOfTheNewestThatWaits) {
  for (int i = 0; i < 4; ++i) Add(light_);
  Add(heavy_);
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(Reason(), "GATEWAY_OVERLOADED");
  EXPECT_EQ(Waiting(), 3u);
  EXPECT_EQ(pipeline_->occupancy().present(), 4);
  Add(heavy_);
  Add(heavy_);
  EXPECT_EQ(ends_, 3);
  // The one that is left of the light ones runs, and is not shed; nor is an equal.
  Add(heavy_);
  EXPECT_EQ(ends_, 4);
  EXPECT_EQ(Waiting(), 3u);
  EXPECT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(upstream_.sent[0]->cancels, 0);
}

TEST_F(OccupancyTest, WhatIsRefusedOtherwiseLeavesAgain) {
  v2::SendMessageResponse reply;
  for (int i = 0; i < 10; ++i) Run(v2::SendMessageRequest(), &reply);
  EXPECT_EQ(Reason(), "INVALID_REQUEST");
  EXPECT_EQ(pipeline_->occupancy().present(), 0);
}

TEST(OccupancyOrderTest, TheLightestGoesFirstAndOfThoseTheNewest) {
  struct Waiter : Sheddable {
    Waiter(int number, std::vector<int>& shed, Occupancy& occupancy)
        : number(number), shed(shed), occupancy(occupancy) {}
    void Shed() override {
      shed.push_back(number);
      occupancy.Leave();
    }
    const int number;
    std::vector<int>& shed;
    Occupancy& occupancy;
  };
  Occupancy occupancy(5);
  std::vector<int> shed;
  std::vector<std::shared_ptr<Waiter>> waiters;
  std::vector<Occupancy::Place> places;
  const int weights[] = {2, 1, 2, 1, 3};
  for (const int weight : weights) {
    ASSERT_TRUE(occupancy.Enter(weight));
    waiters.push_back(std::make_shared<Waiter>(static_cast<int>(waiters.size()), shed, occupancy));
    places.push_back(occupancy.Wait(weight, waiters.back()));
  }
  EXPECT_FALSE(occupancy.Enter(1));
  EXPECT_TRUE(occupancy.Enter(3));
  EXPECT_TRUE(occupancy.Enter(3));
  EXPECT_TRUE(occupancy.Enter(3));
  EXPECT_THAT(shed, testing::ElementsAre(3, 1, 2));
  occupancy.Stop(places[0]);  // Its turn has come.
  EXPECT_FALSE(occupancy.Enter(3));
  waiters[4].reset();
  EXPECT_FALSE(occupancy.Enter(9)) << "one that has gone makes no room";
}

}  // namespace
}  // namespace blooio::gateway
