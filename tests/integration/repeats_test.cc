// Nothing is ever sent twice behind anybody's back, and what is cancelled or
// late ends where it stands.
#include <gmock/gmock.h>

#include "tests/integration/error_shapes.h"
#include "tests/integration/harness/raw_server.h"

namespace blooio::integration {
namespace {

using google::rpc::Code;
using google::rpc::RequestInfo;

class RepeatsTest : public StackTest<RepeatsTest> {};

// On HTTP/1.1, libcurl by itself sends a POST again when a connection that it
// reused dies before any answer. The sandbox reads the whole second request on
// the kept connection, carries it out, and closes.
TEST_F(RepeatsTest, AReusedConnectionThatDiesDoublesNothing) {
  for (const bool reset : {false, true}) {
    for (const Kind& kind : Kinds()) {
      if (kind.read) continue;
      SCOPED_TRACE(kind.name);
      sandbox().Reset();
      sandbox().Break({{"status", 201}, {"body", R"({"id":"x"})"}});
      sandbox().Break({{"close", "before"}, {"execute", true}, {"reset", reset}}, 5);
      google::protobuf::Empty reply;
      EXPECT_EQ(caller().Call(*Fresh(kind).request, &reply).code, google::rpc::OK);
      const Result result = caller().Call(*kind.request, &reply);
      const std::vector<Recorded> requests = sandbox().Requests();
      ASSERT_EQ(requests.size(), 2u) << result;
      EXPECT_EQ(requests[0].connection, requests[1].connection) << "the connection was not kept";
      EXPECT_EQ(result.code, kind.repeatable ? Code::UNAVAILABLE : Code::UNKNOWN) << result;
      EXPECT_EQ(result.Reason(), kind.repeatable ? "UPSTREAM_UNAVAILABLE" : "OUTCOME_UNKNOWN") << result;
      CheckKey(kind, result);
      CheckSound(result);
    }
  }
}

// The promise of UNAVAILABLE: a blind repeat, here by hand, makes one message.
TEST_F(RepeatsTest, ABlindRepeatAfterUnavailableMakesOneMessage) {
  for (const Kind& kind : Kinds()) {
    if (kind.read || !kind.repeatable) continue;
    sandbox().Reset();
    sandbox().Break({{"close", "before"}, {"execute", true}});
    google::protobuf::Empty reply;
    EXPECT_EQ(caller().Call(*kind.request, &reply).code, Code::UNAVAILABLE);
    EXPECT_EQ(caller().Call(*kind.request, &reply).code, Code::OK);
    EXPECT_EQ(sandbox().Messages(), 1);
    EXPECT_EQ(sandbox().Requests()[0].Header("Idempotency-Key"),
              sandbox().Requests()[1].Header("Idempotency-Key"));
  }
}

// RequestInfo names the minted key, and a repeat with it is the same operation.
TEST_F(RepeatsTest, ARepeatWithTheMintedKeyMakesOneMessage) {
  sandbox().Break({{"close", "before"}, {"execute", true}});
  auto request = Parse<v2::SendMessageRequest>(R"(chat_id { phone_number: "+15557770001" } text: "a")");
  v2::SendMessageResponse reply;
  const Result lost = caller().Call(request, &reply);
  ASSERT_EQ(lost.code, Code::UNKNOWN) << lost;
  request.set_idempotency_key(lost.Only<RequestInfo>()->request_id());
  EXPECT_EQ(caller().Call(request, &reply).code, Code::OK);
  EXPECT_EQ(sandbox().Messages(), 1);
}

TEST_F(RepeatsTest, ALibrarysRepeatWithoutKeyIsNotSent) {
  for (const Kind& kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    sandbox().Reset();
    sandbox().Break({{"status", 200}, {"body", R"({"id":"x"})"}});
    google::protobuf::Empty reply;
    const Result result =
        caller().Call(*kind.request, &reply, {.metadata = {{"grpc-previous-rpc-attempts", "1"}}});
    if (kind.read || kind.keyed) {
      EXPECT_EQ(result.code, Code::OK) << result;
      continue;
    }
    CheckSound(result);
    EXPECT_EQ(result.code, Code::FAILED_PRECONDITION) << result;
    EXPECT_EQ(result.Reason(), "RETRY_WITHOUT_KEY") << result;
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1");
    EXPECT_TRUE(sandbox().Requests().empty());
  }
}

// The same by gRPC's own means: its retry policy obeys the pushback, and says
// that it repeats.
TEST_F(RepeatsTest, GrpcsOwnRetriesObeyThePushback) {
  const std::string policy =
      R"({"methodConfig":[{"name":[{}],"retryPolicy":{"maxAttempts":3,"initialBackoff":"0.01s",)"
      R"("maxBackoff":"0.02s","backoffMultiplier":1,"retryableStatusCodes":["UNAVAILABLE","UNKNOWN"]}}]})";
  const Caller retrying(gateway().address(), policy);
  for (const Kind& kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    sandbox().Reset();
    sandbox().Break({{"status", 503}, {"headers", {{"Retry-After", "0"}}}});
    sandbox().Break({{"status", 200}, {"body", R"({"id":"x"})"}});
    google::protobuf::Empty reply;
    const Result result = retrying.Call(*kind.request, &reply);
    EXPECT_EQ(result.code, kind.repeatable ? Code::OK : Code::UNKNOWN) << result;
    EXPECT_EQ(sandbox().Requests().size(), kind.repeatable ? 2u : 1u);
  }
}

TEST_F(RepeatsTest, CancellationReachesTheUpstreamsSocket) {
  RawServer upstream;
  GatewayOptions options;
  options.upstream = upstream.address();
  GatewayServer gateway(options);
  Caller caller(gateway.address());
  v4::ListGroupsResponse reply;
  const v4::ListGroupsRequest request;
  auto pending = caller.Start(request, &reply);
  ASSERT_TRUE(upstream.AwaitText("\r\n\r\n", absl::Seconds(10)));
  pending->Cancel();
  EXPECT_TRUE(upstream.AwaitEnd(absl::Seconds(5)));
  EXPECT_EQ(pending->Wait().code, Code::CANCELLED);
  // It goes on serving, and ends as it should.
  EXPECT_EQ(caller.Health(""), "SERVING");
  EXPECT_EQ(gateway.Stop(), 0);
}

// The margin itself is the pipeline's, tested there. Here it has to be enough for
// the details to arrive, at least once in a few tries on a busy machine.
TEST_F(RepeatsTest, TheDeadlineIsAnsweredBeforeItPasses) {
  for (Kind kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    Result result;
    for (int i = 0; i < 10 && result.Reason().empty(); ++i) {
      kind = Fresh(kind);
      sandbox().Reset();
      sandbox().Break({{"hang", true}});
      google::protobuf::Empty reply;
      result = caller().Call(*kind.request, &reply, {.deadline = absl::Milliseconds(600)});
    }
    CheckSound(result);
    EXPECT_EQ(result.code, Code::DEADLINE_EXCEEDED) << result;
    EXPECT_EQ(result.Reason(), "DEADLINE_EXCEEDED") << result;
    EXPECT_EQ(result.Fact("phase"), "sent") << result;
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms") != "-1", kind.repeatable) << result;
    CheckKey(kind, result);
    EXPECT_EQ(sandbox().Requests().size(), 1u);
  }
}

// Accepts no connection: the phase is what tells that nothing was sent.
TEST_F(RepeatsTest, TheDeadlineWhileConnectingSaysSo) {
  RawServer silent;
  GatewayOptions options;
  options.upstream = silent.address();
  options.scheme = "https";
  GatewayServer gateway(options);
  Caller caller(gateway.address());
  const Kind kind = Kinds()[3];
  Result result;
  for (int i = 0; i < 10 && result.Reason().empty(); ++i) {
    google::protobuf::Empty reply;
    result = caller.Call(*kind.request, &reply, {.deadline = absl::Milliseconds(500)});
  }
  CheckSound(result);
  EXPECT_EQ(result.code, Code::DEADLINE_EXCEEDED) << result;
  EXPECT_EQ(result.Fact("phase"), "connect") << result;
  EXPECT_TRUE(result.All<RequestInfo>().empty()) << result;
  EXPECT_NE(result.Trailer("grpc-retry-pushback-ms"), "-1") << result;
}

class DefaultDeadlineTest : public StackTest<DefaultDeadlineTest> {
 public:
  static GatewayOptions Options() {
    return {.upstream_settings = "default_deadline: 400ms, max_deadline: 1s"};
  }
};

TEST_F(DefaultDeadlineTest, BoundsCallsWithoutAndCapsCallsWithADeadline) {
  sandbox().Break({{"hang", true}}, 2);
  v4::ListGroupsResponse reply;
  const Result without =
      caller().Call(v4::ListGroupsRequest(), &reply, {.deadline = absl::InfiniteDuration()});
  EXPECT_EQ(without.Reason(), "DEADLINE_EXCEEDED") << without;
  const Result capped = caller().Call(v4::ListGroupsRequest(), &reply, {.deadline = absl::Minutes(1)});
  EXPECT_EQ(capped.Reason(), "DEADLINE_EXCEEDED") << capped;
}

}  // namespace
}  // namespace blooio::integration
