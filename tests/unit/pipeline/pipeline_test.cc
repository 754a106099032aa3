// The order of the stages and what each hands on.
#include <gmock/gmock.h>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "service/ledger/operation.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

TEST_F(PipelineTest, AnswersWithTheReplyAndTheFacts) {
  v2::SendMessageResponse reply;
  Run(Send("order-1"), &reply);
  ASSERT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(upstream_.sent[0]->endpoint->base_url, "http://v2.main");
  EXPECT_EQ(upstream_.sent[0]->key->Reveal(), "key-of-main");
  EXPECT_EQ(upstream_.sent[0]->request.path, "/chats/%2B15551234567/messages");
  EXPECT_EQ(SentKey(), UpstreamKey(IdOfOperation("anonymous", "main", "blooio.v2.MessagesService/SendMessage",
                                                 "order-1")));
  EXPECT_EQ(ends_, 0);
  std::move(upstream_.sent[0]->done)(Answer(202, R"({"message_id":"msg_1","status":"queued"})"));
  ASSERT_EQ(ends_, 1);
  EXPECT_FALSE(outcome_.error.has_value());
  EXPECT_EQ(outcome_.http_status, 202);
  EXPECT_EQ(outcome_.attempts, 1);
  EXPECT_EQ(outcome_.caller, "anonymous");
  EXPECT_EQ(outcome_.account, "main");
  EXPECT_EQ(reply.message_id(), "msg_1");
}

TEST_F(PipelineTest, EveryApiHasItsEndpoint) {
  v4::ListGroupsResponse reply;
  Run(v4::ListGroupsRequest(), &reply);
  EXPECT_EQ(upstream_.sent[0]->endpoint->base_url, "http://v4.main");
  EXPECT_TRUE(upstream_.sent[0]->request.headers.empty());
}

TEST_F(PipelineTest, ASendWithoutKeyGetsAFreshOneEachTime) {
  v2::SendMessageResponse reply;
  Run(Send(), &reply);
  Run(Send(), &reply);
  EXPECT_EQ(SentKey(0).size(), 32u);
  EXPECT_NE(SentKey(0), SentKey(1));
}

TEST_F(PipelineTest, TheMintedKeyIsToldAndARepeatWithItIsTheSameOperation) {
  v2::SendMessageResponse reply;
  Run(Send(), &reply);
  AttemptResult lost;
  lost.end = AttemptEnd::kLost;
  lost.phase = Phase::kSent;
  std::move(upstream_.sent[0]->done)(std::move(lost));
  ASSERT_TRUE(outcome_.error.has_value());
  EXPECT_EQ(ReasonOf(*outcome_.error), "OUTCOME_UNKNOWN");
  const auto info = DetailOf<google::rpc::RequestInfo>(*outcome_.error);
  ASSERT_TRUE(info.has_value());
  Run(Send(info->request_id()), &reply);
  EXPECT_EQ(SentKey(0), SentKey(1));
}

struct Refusal {
  std::string name;
  v2::SendMessageRequest request;
  CallInput input;
  google::rpc::Code code;
  std::string reason;
};

TEST_F(PipelineTest, RefusesInOrderAndSendsNothing) {
  CallInput credential, other_account, repeat;
  credential.presented.authorization = "Bearer x";
  credential.account = "other";
  other_account.account = "other";
  repeat.previous_attempts = 1;
  const Refusal refusals[] = {
      {"a credential nobody can verify, before all else",
       {},
       credential,
       google::rpc::UNAUTHENTICATED,
       "CALLER_UNAUTHENTICATED"},
      {"another account, before validation",
       {},
       other_account,
       google::rpc::PERMISSION_DENIED,
       "CALLER_NOT_ALLOWED"},
      {"an invalid request, before the key", {}, repeat, google::rpc::INVALID_ARGUMENT, "INVALID_REQUEST"},
      {"a library's repeat without key", Send(), repeat, google::rpc::FAILED_PRECONDITION,
       "RETRY_WITHOUT_KEY"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.name);
    v2::SendMessageResponse reply;
    ends_ = 0;
    EXPECT_EQ(Run(refusal.request, &reply, refusal.input), nullptr);
    ASSERT_EQ(ends_, 1);
    ASSERT_TRUE(outcome_.error.has_value());
    EXPECT_EQ(outcome_.error->status.code(), refusal.code);
    EXPECT_EQ(ReasonOf(*outcome_.error), refusal.reason);
    EXPECT_EQ(outcome_.error->pushback_ms, kDoNotRepeat);
    EXPECT_EQ(outcome_.attempts, 0);
  }
  EXPECT_TRUE(upstream_.sent.empty());
}

TEST_F(PipelineTest, ALibrarysRepeatIsSentWhereItHasAKeyOrNothingChanges) {
  CallInput repeat;
  repeat.previous_attempts = 2;
  v2::SendMessageResponse sent;
  v4::ListGroupsResponse listed;
  Run(Send("order-1"), &sent, repeat);
  Run(v4::ListGroupsRequest(), &listed, repeat);
  EXPECT_EQ(upstream_.sent.size(), 2u);

  // A key that stays in the gateway protects by the ledger.
  v2::CreateGroupRequest create;
  create.set_name("Team");
  create.set_idempotency_key("order-1");
  v2::CreateGroupResponse created;
  Run(create, &created, repeat);
  EXPECT_EQ(upstream_.sent.size(), 3u);
  create.clear_idempotency_key();
  Run(create, &created, repeat);
  EXPECT_EQ(upstream_.sent.size(), 3u);
  EXPECT_EQ(ReasonOf(*outcome_.error), "RETRY_WITHOUT_KEY");
}

TEST_F(PipelineTest, DeadlinesAreDefaultedCappedAndKeepAMargin) {
  struct Row {
    absl::Duration left;
    absl::Duration expected;
  };
  for (const Row& row : std::initializer_list<Row>{{absl::InfiniteDuration(), absl::Milliseconds(29950)},
                                                   {absl::Hours(1), absl::Milliseconds(119950)},
                                                   {absl::Seconds(10), absl::Milliseconds(9950)},
                                                   {absl::Milliseconds(200), absl::Milliseconds(180)},
                                                   {absl::Milliseconds(20), absl::Milliseconds(15)}}) {
    upstream_.Forget();
    CallInput input;
    input.deadline = kNow + row.left;
    v4::ListGroupsResponse reply;
    Run(v4::ListGroupsRequest(), &reply, input);
    EXPECT_EQ(upstream_.sent.at(0)->deadline - kNow, row.expected) << row.left;
  }
}

}  // namespace
}  // namespace blooio::gateway
