// How calls end: cancelled, abandoned, refused while draining, unproven.
#include <gmock/gmock.h>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

TEST_F(PipelineTest, CancelReachesTheAttempt) {
  v4::ListGroupsResponse reply;
  auto call = Run(v4::ListGroupsRequest(), &reply);
  ASSERT_NE(call, nullptr);
  call->Cancel();
  EXPECT_EQ(upstream_.sent[0]->cancels, 1);
  AttemptResult result;
  result.end = AttemptEnd::kCancelled;
  std::move(upstream_.sent[0]->done)(std::move(result));
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::CANCELLED);
  EXPECT_EQ(outcome_.attempts, 0);
}

TEST_F(PipelineTest, AnAbandonedCallSaysWhetherARepeatIsSafe) {
  struct Row {
    std::string key;
    Phase phase;
    std::string reason;
    int attempts;
  };
  for (const Row& row : std::initializer_list<Row>{{"", Phase::kQueue, "GATEWAY_DRAINING", 0},
                                                   {"", Phase::kConnect, "GATEWAY_DRAINING", 1},
                                                   {"", Phase::kSent, "OUTCOME_UNKNOWN", 1},
                                                   {"order-1", Phase::kSent, "UPSTREAM_UNAVAILABLE", 1}}) {
    upstream_.Forget();
    v2::SendMessageResponse reply;
    auto call = Run(Send(row.key), &reply);
    call->Abandon();
    EXPECT_EQ(upstream_.sent.at(0)->cancels, 1);
    AttemptResult result;
    result.end = AttemptEnd::kCancelled;
    result.phase = row.phase;
    std::move(upstream_.sent[0]->done)(std::move(result));
    EXPECT_EQ(ReasonOf(*outcome_.error), row.reason);
    EXPECT_EQ(outcome_.attempts, row.attempts);
  }
}

TEST_F(PipelineTest, TakesNothingWhileDraining) {
  pipeline_->StopTaking();
  v4::ListGroupsResponse reply;
  EXPECT_EQ(Run(v4::ListGroupsRequest(), &reply), nullptr);
  EXPECT_EQ(outcome_.error->status.code(), google::rpc::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(*outcome_.error), "GATEWAY_DRAINING");
  EXPECT_GT(outcome_.error->pushback_ms, 0);
  EXPECT_TRUE(upstream_.sent.empty());
}

TEST_F(PipelineTest, AKeyThatDoesNotTravelIsNoAdvice) {
  v2::CreateGroupRequest create;
  create.set_name("Team");
  create.set_idempotency_key("order-1");
  v2::CreateGroupResponse created;
  Run(create, &created);
  AttemptResult lost;
  lost.end = AttemptEnd::kLost;
  lost.phase = Phase::kSent;
  std::move(upstream_.sent[0]->done)(std::move(lost));
  EXPECT_EQ(ReasonOf(*outcome_.error), "OUTCOME_UNKNOWN");
  EXPECT_FALSE(DetailOf<google::rpc::RequestInfo>(*outcome_.error).has_value());
}

TEST_F(PipelineTest, ASuccessThatProvesNothingIsUnknown) {
  int orders = 0;
  struct Row {
    std::string body;
    bool incomplete;
    bool ok;
  };
  for (const Row& row : std::initializer_list<Row>{{R"({"message_id":"m"})", false, true},
                                                   {R"({"message_ids":["m"]})", false, true},
                                                   {R"({"id":"m"})", false, true},
                                                   {R"({"data":{"message_id":"m"}})", false, true},
                                                   {R"({"dry_run":true})", false, true},
                                                   {R"({"message_id":"m"})", true, false},
                                                   {R"({"message_id":null})", false, false},
                                                   {R"({"status":"queued"})", false, false},
                                                   {"", false, false},
                                                   {"<html>", false, false},
                                                   {"[]", false, false}}) {
    SCOPED_TRACE(row.body);
    upstream_.Forget();
    v2::SendMessageResponse reply;
    Run(Send("order-" + std::to_string(++orders)), &reply);
    AttemptResult answer = Answer(202, row.body);
    answer.body_incomplete = row.incomplete;
    std::move(upstream_.sent.at(0)->done)(std::move(answer));
    EXPECT_EQ(!outcome_.error.has_value(), row.ok);
    if (row.ok) continue;
    EXPECT_EQ(ReasonOf(*outcome_.error), "OUTCOME_UNKNOWN");
    EXPECT_EQ(FactsOf(*outcome_.error)["accepted_likely"], "true");
    EXPECT_EQ(reply.ByteSizeLong(), 0u);
  }
}

TEST(AnswerByTest, LeavesAMarginThatScales) {
  for (auto [left, margin] : {std::pair{1000, 50}, {500, 50}, {100, 10}, {50, 5}, {1, 5}}) {
    EXPECT_EQ(kNow + absl::Milliseconds(left) - AnswerBy(kNow, kNow + absl::Milliseconds(left)),
              absl::Milliseconds(margin));
  }
}

}  // namespace
}  // namespace blooio::gateway
