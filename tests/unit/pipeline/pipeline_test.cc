// The order of the stages and what each hands on, with a fake upstream.
#include "service/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "service/ledger/operation_key.h"
#include "tests/unit/errors/error_details.h"

namespace blooio::gateway {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return kNow; }
};

class CountingRandomness : public Randomness {
 public:
  uint64_t Next() override { return ++calls; }
  uint64_t calls = 0;
};

// Records what is sent; the test answers.
class FakeUpstream : public AttemptStarter {
 public:
  // What never ended holds its call, which holds it.
  ~FakeUpstream() override { Forget(); }
  struct Sent : Attempt {
    void Cancel() override { ++cancels; }
    std::shared_ptr<const Endpoint> endpoint;
    RestRequest request;
    absl::Time deadline;
    Done done;
    int cancels = 0;
  };
  std::shared_ptr<Attempt> Start(std::shared_ptr<const Endpoint> endpoint, const RestRequest& request,
                                 absl::Time deadline, Done done) override {
    auto attempt = std::make_shared<Sent>();
    attempt->endpoint = std::move(endpoint);
    attempt->request = request;
    attempt->deadline = deadline;
    attempt->done = std::move(done);
    sent.push_back(attempt);
    return attempt;
  }
  void Forget() {
    for (auto& attempt : sent) attempt->done = nullptr;
    sent.clear();
  }
  std::vector<std::shared_ptr<Sent>> sent;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    PipelineOptions options;
    Account account;
    account.v2 = std::make_shared<Endpoint>(Endpoint{"http://v2", nullptr});
    account.v4 = std::make_shared<Endpoint>(Endpoint{"http://v4", nullptr});
    options.accounts["main"] = account;
    options.anonymous = Caller{"anonymous", {"main"}};
    pipeline_ = std::make_unique<Pipeline>(std::move(options), upstream_, clock_, randomness_);
  }

  std::shared_ptr<RunningCall> Run(const google::protobuf::Message& request, google::protobuf::Message* reply,
                                   const CallInput& input = {}) {
    const absl::StatusOr<const Route*> route = routes_.CompileFor(request.GetDescriptor());
    EXPECT_TRUE(route.ok()) << route.status();
    return pipeline_->Run(**route, input, request, reply, [this](CallOutcome outcome) {
      ++ends_;
      outcome_ = std::move(outcome);
    });
  }

  static AttemptResult Answer(int status, std::string body) {
    AttemptResult result;
    result.end = AttemptEnd::kAnswered;
    result.phase = Phase::kSent;
    result.status = status;
    result.body = std::move(body);
    return result;
  }

  static v2::SendMessageRequest Send(std::string key = "") {
    v2::SendMessageRequest request;
    request.mutable_chat_id()->set_phone_number("+15551234567");
    request.set_text("hi");
    if (!key.empty()) request.set_idempotency_key(key);
    return request;
  }

  std::string SentKey(size_t i = 0) const {
    for (const Header& header : upstream_.sent.at(i)->request.headers) {
      if (header.name == "Idempotency-Key") return header.value;
    }
    return "";
  }

  FakeUpstream upstream_;
  FakeClock clock_;
  CountingRandomness randomness_;
  RouteTable routes_;
  std::unique_ptr<Pipeline> pipeline_;
  int ends_ = 0;
  CallOutcome outcome_;
};

TEST_F(PipelineTest, AnswersWithTheReplyAndTheFacts) {
  v2::SendMessageResponse reply;
  Run(Send("order-1"), &reply);
  ASSERT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(upstream_.sent[0]->endpoint->base_url, "http://v2");
  EXPECT_EQ(upstream_.sent[0]->request.path, "/chats/%2B15551234567/messages");
  EXPECT_EQ(SentKey(), UpstreamKey("anonymous", "main", "blooio.v2.MessagesService/SendMessage", "order-1"));
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
  EXPECT_EQ(upstream_.sent[0]->endpoint->base_url, "http://v4");
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
  credential.presented.authorization = true;
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

TEST_F(PipelineTest, ALibrarysRepeatIsSentWhereAKeyTravelsOrNothingChanges) {
  CallInput repeat;
  repeat.previous_attempts = 2;
  v2::SendMessageResponse sent;
  v4::ListGroupsResponse listed;
  Run(Send("order-1"), &sent, repeat);
  Run(v4::ListGroupsRequest(), &listed, repeat);
  EXPECT_EQ(upstream_.sent.size(), 2u);

  // A key that stays in the gateway protects nothing without a ledger.
  v2::CreateGroupRequest create;
  create.set_name("Team");
  create.set_idempotency_key("order-1");
  v2::CreateGroupResponse created;
  Run(create, &created, repeat);
  EXPECT_EQ(upstream_.sent.size(), 2u);
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
    Run(Send("order-1"), &reply);
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
