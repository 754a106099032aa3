// What a caller's key is worth, end to end: an operation happens at most once however often
// its call is repeated, also where no key travels upstream.
#include <gtest/gtest.h>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/fault_world.h"

namespace blooio::integration {
namespace {

using google::protobuf::Message;
using google::rpc::Code;

// Kinds of calls with a caller's key.
std::vector<CallKind> KeyedKinds() {
  std::vector<CallKind> kinds = CallKinds();
  std::erase_if(kinds, [](const CallKind& kind) { return !kind.keyed; });
  return kinds;
}

// An empty reply to this request.
std::unique_ptr<Message> ReplyTo(const Message& request) {
  const std::string name = request.GetTypeName();
  if (name == "blooio.v2.SendMessageRequest") return std::make_unique<v2::SendMessageResponse>();
  if (name == "blooio.v4.SendChatMessageRequest") return std::make_unique<v4::SendChatMessageResponse>();
  if (name == "blooio.v2.CreateGroupRequest") return std::make_unique<v2::CreateGroupResponse>();
  return std::make_unique<v4::CreateGroupResponse>();
}

// The same request, but for what it says.
std::unique_ptr<Message> Otherwise(const Cell& cell) {
  std::unique_ptr<Message> request(cell.request->New());
  request->CopyFrom(*cell.request);
  if (cell.kind.name == "v4-keyed") {
    dynamic_cast<v4::SendChatMessageRequest&>(*request).mutable_content()->mutable_text()->set_text("other");
  } else {
    const char* field = cell.kind.create ? "name" : "text";
    request->GetReflection()->SetString(request.get(), request->GetDescriptor()->FindFieldByName(field),
                                        "other");
  }
  return request;
}

class FaultLedgerTest : public testing::Test {
 protected:
  Result Call(const Cell& cell, Message* reply, FaultWorld::Who who = FaultWorld::Who::kOne) {
    return world_.Call(cell, *cell.request, reply, who);
  }
  void ExpectOnce(const Cell& cell, int requests = 1) const {
    const Seen seen(cell);
    EXPECT_EQ(seen.Requests(cell), requests);
    EXPECT_EQ(seen.Executions(cell), 1);
  }
  void BreakNext(const Cell& cell, const Json& fault) const {
    sandbox_.Break(fault, 1, {{"verb", cell.verb}, {"target_prefix", cell.prefix}});
  }
  static void ExpectRefused(const Result& result, Code code, const std::string& reason, bool repeat) {
    EXPECT_EQ(google::rpc::Code_Name(result.code), google::rpc::Code_Name(code)) << result;
    EXPECT_EQ(result.Reason(), reason) << result;
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms") != "-1", repeat) << result;
    EXPECT_EQ(result.All<google::rpc::RetryInfo>().size(), repeat ? 1u : 0u) << result;
    EXPECT_EQ(result.Trailer("blooio-attempts"), "") << result;
    EXPECT_EQ(result.Trailer("blooio-upstream-status"), "") << result;
  }

  SandboxServer sandbox_;
  FaultWorld world_{{{"upstream", "http", sandbox_.address(), sandbox_, 50}}};
};

TEST_F(FaultLedgerTest, ARepeatGetsTheSameReply) {
  for (const CallKind& kind : KeyedKinds()) {
    SCOPED_TRACE(kind.name);
    const Cell cell = world_.NewCell(kind, "upstream");
    const auto first = ReplyTo(*cell.request);
    ASSERT_EQ(Call(cell, first.get()).code, Code::OK);
    for (int i = 0; i < 3; ++i) {
      const auto again = ReplyTo(*cell.request);
      const Result result = Call(cell, again.get());
      ASSERT_EQ(result.code, Code::OK) << result;
      EXPECT_EQ(again->DebugString(), first->DebugString());
      EXPECT_EQ(result.Trailer("blooio-attempts"), "") << result;
    }
    ExpectOnce(cell);
  }
}

TEST_F(FaultLedgerTest, AKeyIsForOnePayload) {
  for (const CallKind& kind : KeyedKinds()) {
    SCOPED_TRACE(kind.name);
    const Cell cell = world_.NewCell(kind, "upstream");
    const auto reply = ReplyTo(*cell.request);
    ASSERT_EQ(Call(cell, reply.get()).code, Code::OK);
    const Result other = world_.Call(cell, *Otherwise(cell), reply.get());
    ExpectRefused(other, Code::FAILED_PRECONDITION, "IDEMPOTENCY_KEY_REUSED", false);
    ExpectOnce(cell);
  }
  EXPECT_EQ(sandbox_.Requests().size(), KeyedKinds().size());
}

TEST_F(FaultLedgerTest, WhatIsInFlightIsNotBegunAgain) {
  for (const CallKind& kind : KeyedKinds()) {
    SCOPED_TRACE(kind.name);
    sandbox_.Reset();
    const Cell cell = world_.NewCell(kind, "upstream");
    BreakNext(cell, {{"delay_before_ms", 1500}});
    const auto pending = world_.Start(cell);
    ASSERT_TRUE(sandbox_.AwaitRequests(1));
    const auto reply = ReplyTo(*cell.request);
    const Result meanwhile = Call(cell, reply.get());
    ExpectRefused(meanwhile, Code::ABORTED, "OPERATION_IN_PROGRESS", true);
    EXPECT_EQ(pending->Wait().code, Code::OK) << pending->Wait();
    EXPECT_EQ(Call(cell, reply.get()).code, Code::OK);
    ExpectOnce(cell);
  }
}

TEST_F(FaultLedgerTest, TwoCallersWithTheSameKeyAreTwoOperations) {
  for (const CallKind& kind : KeyedKinds()) {
    // Of the same people v2 makes one group only.
    if (kind.name == "v2-create-keyed") continue;
    SCOPED_TRACE(kind.name);
    const Cell cell = world_.NewCell(kind, "upstream");
    const auto one = ReplyTo(*cell.request);
    const auto other = ReplyTo(*cell.request);
    EXPECT_EQ(Call(cell, one.get()).code, Code::OK);
    EXPECT_EQ(Call(cell, other.get(), FaultWorld::Who::kOther).code, Code::OK);
    EXPECT_NE(one->DebugString(), other->DebugString());
    const Seen seen(cell);
    EXPECT_EQ(seen.Requests(cell), 2);
    EXPECT_EQ(seen.Executions(cell), 2);
  }
}

// What did not happen leaves its key free.
TEST_F(FaultLedgerTest, ADefiniteErrorIsForgotten) {
  for (const CallKind& kind : KeyedKinds()) {
    SCOPED_TRACE(kind.name);
    const Cell cell = world_.NewCell(kind, "upstream");
    const auto reply = ReplyTo(*cell.request);
    BreakNext(cell, {{"status", 422}});
    EXPECT_EQ(Call(cell, reply.get()).Reason(), "UPSTREAM_INVALID_ARGUMENT");
    EXPECT_EQ(Call(cell, reply.get()).code, Code::OK);
    ExpectOnce(cell, 2);
  }
}

// An unknown outcome stays one over all that later calls with the key come to, but for
// success.
TEST_F(FaultLedgerTest, NothingButSuccessSettlesWhatIsUnknown) {
  for (const CallKind& kind : KeyedKinds()) {
    SCOPED_TRACE(kind.name);
    const Cell cell = world_.NewCell(kind, "upstream");
    const auto reply = ReplyTo(*cell.request);
    BreakNext(cell, {{"status", 500}, {"execute", true}});
    BreakNext(cell, {{"status", 409}});
    BreakNext(cell, {{"status", 422}});
    if (kind.create) {
      for (int i = 0; i < 3; ++i) {
        const Result result = Call(cell, reply.get());
        EXPECT_EQ(result.Reason(), "OUTCOME_UNKNOWN") << result;
      }
      ExpectOnce(cell);
      continue;
    }
    EXPECT_EQ(Call(cell, reply.get()).Reason(), "UPSTREAM_UNAVAILABLE");
    EXPECT_EQ(Call(cell, reply.get()).Reason(), "UPSTREAM_UNAVAILABLE");
    const Result result = Call(cell, reply.get());
    EXPECT_EQ(result.code, Code::OK) << result;
    ExpectOnce(cell, 4);
  }
}

// It is unknown what became of a call that its caller gave up.
TEST_F(FaultLedgerTest, ACancelledCallIsUnknown) {
  for (const CallKind& kind : KeyedKinds()) {
    SCOPED_TRACE(kind.name);
    sandbox_.Reset();
    const Cell cell = world_.NewCell(kind, "upstream");
    BreakNext(cell, {{"hang", true}, {"execute", true}});
    const auto pending = world_.Start(cell);
    ASSERT_TRUE(sandbox_.AwaitRequests(1));
    pending->Cancel();
    EXPECT_EQ(pending->Wait().code, Code::CANCELLED);
    const auto reply = ReplyTo(*cell.request);
    Result result = Call(cell, reply.get());
    // The gateway may learn of it a little later.
    while (result.Reason() == "OPERATION_IN_PROGRESS") result = Call(cell, reply.get());
    EXPECT_EQ(google::rpc::Code_Name(result.code), kind.create ? "UNKNOWN" : "OK") << result;
    ExpectOnce(cell, kind.create ? 1 : 2);
  }
}

}  // namespace
}  // namespace blooio::integration
