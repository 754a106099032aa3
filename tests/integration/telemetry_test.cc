// What the gateway tells of itself: the line of each call, metrics and probes.
#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>

#include <algorithm>
#include <csignal>

#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "service/identity/failure.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/harness/observed.h"
#include "tests/integration/harness/raw_server.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using blooio::testing::Exposition;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kSend[] = "blooio.v2.MessagesService/SendMessage";
constexpr char kGet[] = "blooio.v4.GroupsService/GetGroup";
constexpr char kList[] = "blooio.v4.GroupsService/ListGroups";

GatewayOptions WithHttp() {
  GatewayOptions options;
  options.sections = "http: { listen: '127.0.0.1:0' }\n";
  return options;
}

Result Call(const Caller& caller, const google::protobuf::Message& request, const CallOptions& options = {}) {
  google::protobuf::Empty reply;
  return caller.Call(request, &reply, options);
}

v2::SendMessageRequest SendTo(const std::string& number) {
  v2::SendMessageRequest request;
  request.mutable_chat_id()->set_phone_number(number);
  request.set_text("hello");
  return request;
}

TEST(TelemetryTest, CountsTheCallsThatWereMade) {
  Stack stack(WithHttp());
  const Exposition before = Scrape(stack.gateway);
  EXPECT_EQ(before.Count("blooio_gateway_calls_total"), 0u);
  // All kinds there are, so that the first failure of one is an increase.
  EXPECT_EQ(before.Count("blooio_gateway_identity_failures_total"), size_t{gateway::kIdentityFailures - 1});
  EXPECT_EQ(before.Sum("blooio_gateway_identity_failures_total"), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Call(stack.caller, v4::ListGroupsRequest()).code, google::rpc::OK);
  EXPECT_EQ(Call(stack.caller, SendTo("+15551234567")).code, google::rpc::OK);
  for (int i = 0; i < 2; ++i) {
    const auto missing = Parse<v4::GetGroupRequest>(R"(group_id: "grp_none")");
    EXPECT_EQ(Call(stack.caller, missing).Reason(), "UPSTREAM_NOT_FOUND");
  }
  EXPECT_EQ(Call(stack.caller, v4::GetGroupRequest()).Reason(), "INVALID_REQUEST");
  const CallOptions token = {.metadata = {{"authorization", "Bearer nobodys"}}};
  EXPECT_EQ(Call(stack.caller, v4::ListGroupsRequest(), token).code, google::rpc::UNAUTHENTICATED);
  stack.sandbox.Break({{"status", 503}});
  EXPECT_EQ(Call(stack.caller, v4::ListGroupsRequest()).Reason(), "UPSTREAM_UNAVAILABLE");
  stack.sandbox.Break({{"close", "before"}});
  EXPECT_EQ(Call(stack.caller, SendTo("+15551234567")).Reason(), "OUTCOME_UNKNOWN");

  const Exposition read = Scrape(stack.gateway);
  const auto calls = [&](const std::string& account, const std::string& caller, const std::string& code,
                         const std::string& method, const std::string& reason) {
    return read[R"(blooio_gateway_calls_total{account=")" + account + R"(",caller=")" + caller +
                R"(",code=")" + code + R"(",method=")" + method + R"(",reason=")" + reason + R"("})"];
  };
  EXPECT_EQ(calls("main", "anonymous", "OK", kList, ""), 3);
  EXPECT_EQ(calls("main", "anonymous", "OK", kSend, ""), 1);
  EXPECT_EQ(calls("main", "anonymous", "NOT_FOUND", kGet, "UPSTREAM_NOT_FOUND"), 2);
  EXPECT_EQ(calls("main", "anonymous", "INVALID_ARGUMENT", kGet, "INVALID_REQUEST"), 1);
  EXPECT_EQ(calls("", "", "UNAUTHENTICATED", kList, "CALLER_UNAUTHENTICATED"), 1);
  EXPECT_EQ(calls("main", "anonymous", "UNAVAILABLE", kList, "UPSTREAM_UNAVAILABLE"), 1);
  EXPECT_EQ(calls("main", "anonymous", "UNKNOWN", kSend, "OUTCOME_UNKNOWN"), 1);
  EXPECT_EQ(read.Sum("blooio_gateway_calls_total"), 10);
  EXPECT_EQ(read.Sum("blooio_gateway_call_seconds_count"), 10);
  EXPECT_EQ(read.Sum("blooio_gateway_calls_in_flight"), 0);

  const auto attempts = [&](const std::string& api, const std::string& result) {
    return read[R"(blooio_gateway_upstream_attempts_total{account="main",api=")" + api + R"(",result=")" +
                result + R"("})"];
  };
  EXPECT_EQ(attempts("v2", "2xx"), 1);
  EXPECT_EQ(attempts("v4", "2xx"), 3);
  EXPECT_EQ(attempts("v4", "4xx"), 2);
  EXPECT_EQ(attempts("v4", "5xx"), 1);
  EXPECT_EQ(attempts("v2", "lost"), 1);
  EXPECT_EQ(read.Sum("blooio_gateway_upstream_attempts_total"), 8);
  EXPECT_GE(read["blooio_gateway_upstream_connections_opened_total"], 2);
  EXPECT_GE(read["blooio_gateway_upstream_connections_opened_total"],
            read["blooio_gateway_upstream_connections_open"]);
  EXPECT_EQ(read[R"(blooio_gateway_build_info{version=")" BLOOIO_VERSION R"("})"], 1);
  EXPECT_EQ(read["blooio_gateway_log_lines_dropped_total"], 0);
  EXPECT_GT(read["process_resident_memory_bytes"], 1e6);
  // Nothing of the requests is a label.
  const std::string text = Fetch("GET", stack.gateway.http_address(), "/metrics?name[]=+1555").body;
  for (const char* outside : {"1555", "grp_none", "nobodys", "hello"})
    EXPECT_THAT(text, Not(HasSubstr(outside)));
}

TEST(TelemetryTest, CountsWhatIsUnderWayAndWhatConnects) {
  RawServer upstream;
  GatewayOptions options = WithHttp();
  options.upstream = upstream.address();
  GatewayServer gateway(options);
  const Caller caller(gateway.address());
  v4::ListGroupsResponse reply;
  const v4::ListGroupsRequest request;
  const auto pending = caller.Start(request, &reply);
  ASSERT_TRUE(upstream.AwaitText("\r\n\r\n", kPatience));
  const Exposition during = Scrape(gateway);
  EXPECT_EQ(during[std::string(R"(blooio_gateway_calls_in_flight{method=")") + kList + R"("})"], 1);
  EXPECT_EQ(during["blooio_gateway_upstream_connections_open"], 1);
  upstream.Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(pending->Wait().code, google::rpc::OK);
  EXPECT_EQ(Scrape(gateway).Sum("blooio_gateway_calls_in_flight"), 0);
  EXPECT_EQ(gateway.Stop(), 0);
}

TEST(TelemetryTest, MakesOneLineACallAtTheUsualLevel) {
  GatewayOptions options;
  options.flags = {};
  Stack stack(options);
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  v2::SendMessageResponse sent;
  EXPECT_EQ(stack.caller
                .Call(SendTo("+15551234567"), &sent,
                      {.metadata = {{"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"}}})
                .code,
            google::rpc::OK);
  EXPECT_EQ(Call(stack.caller, v4::GetGroupRequest(), {.metadata = {{"traceparent", "garbage"}}}).Reason(),
            "INVALID_REQUEST");
  stack.sandbox.Break({{"status", 401}});
  EXPECT_EQ(Call(stack.caller, v4::ListGroupsRequest()).Reason(), "UPSTREAM_CREDENTIAL_REJECTED");
  EXPECT_EQ(stack.gateway.Stop(), 0);

  std::vector<Json> lines = CallLines(stack.gateway);
  ASSERT_THAT(lines, SizeIs(3));
  // A line comes after its call's answer, and so maybe after one of a call that came later.
  const auto reason = [](const Json& line) { return line.value("reason", ""); };
  std::sort(lines.begin(), lines.end(),
            [&](const Json& one, const Json& other) { return reason(one) < reason(other); });
  EXPECT_EQ(lines[0]["event"], "call");
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["caller"], "anonymous");
  EXPECT_EQ(lines[0]["account"], "main");
  EXPECT_EQ(lines[0]["method"], kSend);
  EXPECT_EQ(lines[0]["code"], "OK");
  EXPECT_FALSE(lines[0].contains("reason"));
  EXPECT_EQ(lines[0]["http_status"], 202);
  EXPECT_EQ(lines[0]["attempts"], 1);
  for (const char* duration : {"queue_ms", "upstream_ms", "total_ms"}) {
    ASSERT_TRUE(lines[0][duration].is_number_float()) << duration;
    EXPECT_LE(lines[0][duration], lines[0]["total_ms"]) << duration;
  }
  EXPECT_GT(lines[0]["upstream_ms"], 0);
  EXPECT_EQ(lines[0]["request_bytes"], SendTo("+15551234567").ByteSizeLong());
  EXPECT_EQ(lines[0]["reply_bytes"], sent.ByteSizeLong());
  EXPECT_EQ(lines[0]["trace_id"], trace);
  EXPECT_EQ(lines[0]["message_id"], sent.message_id());
  EXPECT_NE(sent.message_id(), "");
  EXPECT_EQ(lines[0]["recipient_count"], 1);
  EXPECT_THAT(lines[0]["recipients"][0].get<std::string>(), MatchesRegex("[0-9a-f]{8}"));

  EXPECT_EQ(lines[1]["reason"], "INVALID_REQUEST");
  EXPECT_EQ(lines[1]["attempts"], 0);
  for (const char* absent :
       {"http_status", "trace_id", "message_id", "reply_bytes", "queue_ms", "upstream_ms"}) {
    EXPECT_FALSE(lines[1].contains(absent)) << absent;
  }
  EXPECT_EQ(lines[2]["level"], "error");
  EXPECT_EQ(lines[2]["http_status"], 401);
}

// The hashes of the recipients of a send, in another gateway each time.
std::vector<std::string> RecipientsOf(const std::string& sections) {
  GatewayOptions options;
  options.sections = sections;
  Stack stack(options);
  const auto request = Parse<v2::SendMessageRequest>(
      R"(chat_id { recipients { identifiers: "+15551234567" identifiers: "ada@example.org" } } text: "x")");
  EXPECT_EQ(Call(stack.caller, request).code, google::rpc::OK);
  EXPECT_EQ(stack.gateway.Stop(), 0);
  const std::vector<Json> lines = CallLines(stack.gateway);
  EXPECT_EQ(lines.at(0)["recipient_count"], 2);
  return lines.at(0)["recipients"].get<std::vector<std::string>>();
}

TEST(TelemetryTest, TellsTheSamePersonBySharedKeyOnly) {
  const TempDir folder;
  const std::string one = folder.Write("one", std::string(32, 'a'));
  const std::string other = folder.Write("other", std::string(32, 'b'));
  const auto with = [](const std::string& file) { return "log: { recipient_key_file: '" + file + "' }\n"; };
  const std::vector<std::string> hashes = RecipientsOf(with(one));
  ASSERT_THAT(hashes, SizeIs(2));
  EXPECT_NE(hashes[0], hashes[1]);
  EXPECT_EQ(RecipientsOf(with(one)), hashes);
  for (const std::string& sections : {with(other), std::string()}) {
    for (const std::string& hash : RecipientsOf(sections)) EXPECT_THAT(hashes, Not(Contains(hash)));
  }
}

TEST(TelemetryTest, DoesNotStartWithoutTheKeyItIsToHashWith) {
  const TempDir folder;
  const std::string file = folder.Write("short", "too short");
  GatewayOptions options;
  options.sections = "log: { recipient_key_file: '" + file + "' }\n";
  GatewayServer gateway(options, GatewayServer::NotAwaited{});
  EXPECT_EQ(gateway.process().WaitForExit(kPatience), 1);
  EXPECT_THAT(gateway.process().err(),
              AllOf(HasSubstr("log.recipient_key_file " + file + ": does not hold 32 to 4096 bytes"),
                    Not(HasSubstr("too short"))));
}

TEST(TelemetryTest, WritesWordsWhenAskedTo) {
  GatewayOptions options;
  options.flags = {"--log-format", "text"};
  Stack stack(options);
  EXPECT_EQ(Call(stack.caller, v4::ListGroupsRequest()).code, google::rpc::OK);
  EXPECT_EQ(stack.gateway.Stop(), 0);
  EXPECT_THAT(stack.gateway.process().err(), HasSubstr(std::string(" info    call anonymous main ") + kList +
                                                       " OK http_status=200 attempts=1 "));
}

TEST(TelemetryTest, KnowsThreeFormatsOnly) {
  GatewayOptions options;
  options.flags = {"--log-format", "xml"};
  GatewayServer gateway(options, GatewayServer::NotAwaited{});
  EXPECT_EQ(gateway.process().WaitForExit(kPatience), 1);
  EXPECT_EQ(gateway.process().err(), "blooio-gateway: --log-format has to be json, text or auto\n");
}

}  // namespace
}  // namespace blooio::integration
