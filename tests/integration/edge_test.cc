// What the gRPC side offers besides the RPCs, and whom it serves.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "absl/strings/match.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/raw_client.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using google::rpc::Code;
using testing::AllOf;
using testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

// blooioctl, which reads everything through reflection.
struct Answer {
  std::optional<int> code;
  std::string out;
  std::string err;
};

Answer Ctl(const GatewayServer& gateway, std::vector<std::string> words) {
  words.insert(words.begin(), BLOOIO_CTL);
  words.push_back("--server=" + gateway.address());
  Process process(words);
  Answer answer;
  answer.code = process.WaitForExit(kPatience);
  answer.out = process.out();
  answer.err = process.err();
  return answer;
}

class EdgeTest : public StackTest<EdgeTest> {
 protected:
  // No call of which anything reached the upstream.
  static Result Refused(const CallOptions& options) {
    v4::ListGroupsResponse reply;
    const Result result = caller().Call(v4::ListGroupsRequest(), &reply, options);
    EXPECT_TRUE(sandbox().Requests().empty());
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1") << result;
    EXPECT_TRUE(result.Trailer("blooio-attempts").empty()) << result;
    return result;
  }
};

TEST_F(EdgeTest, ReflectionListsDescribesAndServesCalls) {
  const Answer list = Ctl(gateway(), {"list"});
  EXPECT_EQ(list.code, 0) << list.err;
  for (const char* service :
       {"blooio.v2.GroupsService", "blooio.v2.MessagesService", "blooio.v4.GroupsService",
        "blooio.v4.MessagesService", "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}) {
    EXPECT_THAT(list.out, HasSubstr(service));
  }
  for (const char* symbol :
       {"grpc.health.v1.Health", "google.rpc.ErrorInfo", "google.rpc.BadRequest", "google.rpc.RetryInfo",
        "google.rpc.RequestInfo", "google.rpc.ResourceInfo", "google.rpc.QuotaFailure",
        "blooio.v2.MessagesService", "blooio.v4.GroupsService.GetGroup"}) {
    const Answer description = Ctl(gateway(), {"describe", symbol});
    EXPECT_EQ(description.code, 0) << symbol << ": " << description.err;
  }
  const Answer call =
      Ctl(gateway(), {"call", "blooio.v4.GroupsService/CreateGroup",
                      R"({"channel_id":"ch_blooio_1","members":[{"identifier":"+15557770001"}]})"});
  EXPECT_EQ(call.code, 0) << call.err;
  EXPECT_THAT(call.out, HasSubstr("+15557770001"));
  const Answer health = Ctl(gateway(), {"call", "grpc.health.v1.Health/Check", "{}"});
  EXPECT_EQ(health.code, 0) << health.err;
  EXPECT_THAT(health.out, HasSubstr("SERVING"));
  const Answer failing =
      Ctl(gateway(), {"call", "blooio.v4.GroupsService/GetGroup", R"({"group_id":"grp_0"})"});
  EXPECT_NE(failing.code, 0);
  EXPECT_THAT(failing.out + failing.err, HasSubstr("UPSTREAM_NOT_FOUND"));
}

TEST_F(EdgeTest, ReflectionCanBeSwitchedOffWhileHealthStays) {
  GatewayOptions options;
  options.server = "drain_delay: 0s, reflection: false";
  GatewayServer closed(options);
  EXPECT_NE(Ctl(closed, {"list"}).code, 0);
  EXPECT_EQ(Caller(closed.address()).Health(""), "SERVING");
  EXPECT_EQ(Caller(closed.address()).Health("blooio.v4.GroupsService"), "SERVING");
  EXPECT_EQ(closed.Stop(), 0);
}

TEST_F(EdgeTest, ACredentialThatNobodyKnowsIsRefused) {
  for (const char* credential : {"Bearer private-token", "Basic cHJpdmF0ZQ==", ""}) {
    const Result result = Refused({.metadata = {{"authorization", credential}}});
    EXPECT_EQ(result.code, Code::UNAUTHENTICATED) << result;
    EXPECT_EQ(result.Reason(), "CALLER_UNAUTHENTICATED") << result;
    EXPECT_THAT(result.message + result.details, testing::Not(HasSubstr("private")));
  }
}

TEST_F(EdgeTest, AnotherAccountIsRefused) {
  const std::vector<std::pair<std::string, std::string>> others[] = {
      {{"blooio-account", "other"}},
      {{"blooio-account", "Main"}},
      {{"blooio-account", "main"}, {"blooio-account", "other"}},
      {{"blooio-account", "other"}, {"blooio-account", "other"}},
  };
  for (const auto& metadata : others) {
    const Result result = Refused({.metadata = metadata});
    EXPECT_EQ(result.code, Code::PERMISSION_DENIED) << result;
    EXPECT_EQ(result.Reason(), "CALLER_NOT_ALLOWED") << result;
  }
  v4::ListGroupsResponse reply;
  EXPECT_EQ(caller().Call(v4::ListGroupsRequest(), &reply, {.metadata = {{"blooio-account", "main"}}}).code,
            Code::OK);
}

// Nothing of the caller's metadata travels upstream, nor into the log.
TEST_F(EdgeTest, TheCallersMetadataStaysHere) {
  v4::ListGroupsResponse reply;
  const Result result = caller().Call(v4::ListGroupsRequest(), &reply,
                                      {.metadata = {{"cookie", "private-cookie"},
                                                    {"x-from-number", "+15559990000"},
                                                    {"idempotency-key", "private-key"},
                                                    {"x-forwarded-for", "192.0.2.1"},
                                                    {"proxy-authorization", "private-proxy"}}});
  EXPECT_EQ(result.code, Code::OK) << result;
  const Recorded sent = sandbox().Requests().at(0);
  for (const auto& [name, value] : sent.headers) {
    EXPECT_THAT(value,
                testing::Not(testing::AnyOf(HasSubstr("private"), HasSubstr("999"), HasSubstr("192.0"))))
        << name;
  }
  EXPECT_THAT(gateway().process().err(), testing::Not(HasSubstr("private-")));
}

// An HTTP/2 frame (RFC 9113, section 4.1).
std::string Frame(char type, char flags, char stream, const std::string& payload) {
  const auto byte = [&](int shift) { return static_cast<char>(payload.size() >> shift); };
  return std::string{byte(16), byte(8), byte(0), type, flags, 0, 0, 0, stream} + payload;
}

// A header field, literal and never indexed (RFC 7541, section 6.2.2).
std::string Field(const std::string& name, const std::string& value) {
  return std::string{'\0', static_cast<char>(name.size())} + name + static_cast<char>(value.size()) + value;
}

// The client preface (RFC 9113, section 3.4).
std::string Preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, 0, ""); }

// A ping of the wrong size: the server closes, and has read all before it.
std::string LastWords() { return Frame(6, 0, 0, "7 bytes"); }

TEST_F(EdgeTest, AConnectionHasAThousandCallsAtATime) {
  const RawClient client(gateway().address());
  client.Send(Preface() + LastWords());
  bool closed = false;
  // SETTINGS_MAX_CONCURRENT_STREAMS (3) of 1000.
  EXPECT_THAT(client.ReadToEnd(kPatience, &closed), HasSubstr(std::string("\0\3\0\0\x03\xe8", 6)));
  EXPECT_TRUE(closed);
}

// Whoever can connect could have ended the service: with no descriptor left,
// gRPC's own listener closes for good.
TEST(ConnectionsTest, ManyOfThemEndNothing) {
  if (absl::StrContains(BLOOIO_SANITIZE, "undefined")) {
    GTEST_SKIP()
        << "the sanitizer opens a pipe to tell whether memory is there, and takes its failure for a no";
  }
  GatewayServer gateway{GatewayOptions()};
  rlimit few{.rlim_cur = 64, .rlim_max = 64};
  ASSERT_EQ(prlimit(gateway.process().pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::vector<std::unique_ptr<RawClient>> crowd;
    for (int i = 0; i < 100; ++i) crowd.push_back(std::make_unique<RawClient>(gateway.address()));
    EXPECT_TRUE(gateway.process().WaitForError(R"("event":"connections_refused")", kPatience));
  }
  // Its descriptors are free again when gRPC has seen the others go.
  const absl::Time until = absl::Now() + kPatience;
  std::string health;
  while (health != "SERVING" && absl::Now() < until) health = Caller(gateway.address()).Health("");
  EXPECT_EQ(health, "SERVING");
  EXPECT_EQ(gateway.Stop(), 0);
}

// gRPC tells of such fields in errors of its own, which quote the value.
TEST(GrpcErrorsTest, WhatCannotBeReadStaysOutOfTheLog) {
  GatewayServer gateway{GatewayOptions()};
  RawClient client(gateway.address());
  std::string bytes = Preface();
  char stream = 1;
  for (const char* name : {"grpc-timeout", "te", "content-type", "grpc-status", "grpc-encoding"}) {
    bytes += Frame(1, 5, stream,
                   Field(":method", "POST") + Field(":scheme", "http") + Field(":authority", "x") +
                       Field(":path", "/blooio.v4.GroupsService/ListGroups") +
                       Field(name, "Bearer private-token"));
    stream = static_cast<char>(stream + 2);
  }
  client.Send(bytes + LastWords());
  bool closed = false;
  client.ReadToEnd(kPatience, &closed);
  EXPECT_TRUE(closed);
  EXPECT_EQ(gateway.Stop(), 0);
  const std::string log = gateway.process().err();
  EXPECT_THAT(log, HasSubstr(R"("message":"Error parsing metadata")"));
  EXPECT_THAT(log, testing::Not(HasSubstr("private-")));
}

TEST(CallersTest, NobodyMayCallWhereNobodyIsKnown) {
  GatewayOptions options;
  options.anonymous = false;
  GatewayServer gateway(options, GatewayServer::NotAwaited{});
  // Until callers have identities this is a contradiction, told at the start.
  EXPECT_EQ(gateway.process().WaitForExit(kPatience), 1);
  EXPECT_THAT(gateway.process().err(), AllOf(HasSubstr("anonymous.enabled"), HasSubstr("gateway.yaml:")));
}

TEST_F(EdgeTest, ProxyVariablesOfTheEnvironmentAreIgnored) {
  GatewayOptions options;
  options.upstream = sandbox().address();
  options.key = sandbox().key();
  options.environment = {"http_proxy=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9",
                         "ALL_PROXY=socks5://127.0.0.1:9", "all_proxy=socks5://127.0.0.1:9"};
  GatewayServer behind(options);
  v4::ListGroupsResponse reply;
  const Result result = Caller(behind.address()).Call(v4::ListGroupsRequest(), &reply);
  EXPECT_EQ(result.code, Code::OK) << result;
}

}  // namespace
}  // namespace blooio::integration
