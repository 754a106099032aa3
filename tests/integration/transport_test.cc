// What happens before, between and instead of answers.
#include <gmock/gmock.h>

#include "tests/integration/error_shapes.h"
#include "tests/integration/harness/raw_server.h"
#include "tests/integration/harness/tls_files.h"

namespace blooio::integration {
namespace {

using google::rpc::Code;

// The gateway in front of something that is no sandbox.
GatewayOptions Towards(const std::string& address, const std::string& scheme = "http") {
  GatewayOptions options;
  options.upstream = address;
  options.scheme = scheme;
  return options;
}

void CheckUnreachable(const GatewayOptions& options) {
  GatewayServer gateway(options);
  Caller caller(gateway.address());
  for (const Kind& kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    google::protobuf::Empty reply;
    const Result result = caller.Call(*kind.request, &reply);
    CheckSound(result);
    EXPECT_EQ(result.code, Code::UNAVAILABLE) << result;
    EXPECT_EQ(result.Reason(), "UPSTREAM_UNREACHABLE") << result;
    EXPECT_NE(result.Trailer("grpc-retry-pushback-ms"), "-1") << result;
    EXPECT_EQ(result.Trailer("blooio-attempts"), "1") << result;
    EXPECT_TRUE(result.Trailer("blooio-upstream-status").empty()) << result;
    EXPECT_FALSE(result.Fact("last_event").empty()) << result;
  }
  EXPECT_EQ(gateway.Stop(), 0);
}

TEST(UnreachableTest, ConnectionRefused) {
  ClosedPort closed;
  CheckUnreachable(Towards(closed.address()));
}

TEST(UnreachableTest, NameUnknown) { CheckUnreachable(Towards("nobody.invalid:443", "https")); }

// Listens, but speaks no TLS: nothing was sent either.
TEST(UnreachableTest, TlsHandshakeNeverAnswered) {
  RawServer silent;
  GatewayOptions options = Towards(silent.address(), "https");
  options.upstream_settings = "attempt_timeout: 500ms";
  GatewayServer gateway(options);
  Caller caller(gateway.address());
  google::protobuf::Empty reply;
  const Result result = caller.Call(*Kinds()[3].request, &reply);
  EXPECT_EQ(result.code, Code::UNAVAILABLE) << result;
  EXPECT_EQ(result.Reason(), "UPSTREAM_UNREACHABLE") << result;
}

TEST(UntrustedTest, NothingIsSentToACertificateThatIsNotTrusted) {
  TempDir folder;
  const TlsFiles trusted = MakeTlsFiles(folder, "trusted");
  const TlsFiles other = MakeTlsFiles(folder, "other");
  SandboxServer sandbox({"--tls-certificate", other.certificate, "--tls-private-key", other.private_key});
  for (const std::string& settings : {std::string(), "ca_file: '" + trusted.authority + "'"}) {
    GatewayOptions options = Towards(sandbox.address(), "https");
    options.key = sandbox.key();
    options.upstream_settings = settings;
    GatewayServer gateway(options);
    Caller caller(gateway.address());
    for (const Kind& kind : Kinds()) {
      SCOPED_TRACE(kind.name);
      google::protobuf::Empty reply;
      const Result result = caller.Call(*kind.request, &reply);
      CheckSound(result);
      EXPECT_EQ(result.code, Code::INTERNAL) << result;
      EXPECT_EQ(result.Reason(), "UPSTREAM_TLS_UNTRUSTED") << result;
      EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1") << result;
    }
    EXPECT_TRUE(gateway.process().WaitForError(R"("level":"error","event":"call")", absl::Seconds(10)));
  }
}

class LostTest : public StackTest<LostTest> {
 public:
  static GatewayOptions Options() { return {.upstream_settings = "attempt_timeout: 1s"}; }

 protected:
  // The connection ends without an answer, in the way that `fault` says.
  static void CheckLost(const Json& fault, const std::string& phase_event) {
    for (const Kind& kind : Kinds()) {
      SCOPED_TRACE(kind.name + " " + fault.dump());
      sandbox().Reset();
      sandbox().Break(fault, 3);
      google::protobuf::Empty reply;
      const Result result = caller().Call(*kind.request, &reply);
      CheckSound(result);
      EXPECT_EQ(result.code, kind.repeatable ? Code::UNAVAILABLE : Code::UNKNOWN) << result;
      EXPECT_EQ(result.Reason(), kind.repeatable ? "UPSTREAM_UNAVAILABLE" : "OUTCOME_UNKNOWN") << result;
      EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms") != "-1", kind.repeatable) << result;
      EXPECT_TRUE(result.Fact("last_event").starts_with(phase_event)) << result;
      EXPECT_TRUE(result.Trailer("blooio-upstream-status").empty()) << result;
      CheckKey(kind, result);
      // libcurl repeats reads by itself on a connection that it reused.
      const size_t requests = sandbox().Requests().size();
      EXPECT_GE(requests, 1u);
      EXPECT_LE(requests, kind.read ? 3u : 1u);
    }
  }
};

TEST_F(LostTest, ClosedBeforeAnswering) { CheckLost({{"close", "before"}}, "sent"); }
TEST_F(LostTest, ResetBeforeAnswering) { CheckLost({{"reset", true}}, "sent"); }
TEST_F(LostTest, NeverAnsweredWithinTheAttempt) { CheckLost({{"hang", true}}, "sent"); }

// An error that broke off is still that error.
TEST_F(LostTest, AnErrorThatBreaksOffKeepsItsMeaning) {
  for (const char* where : {"middle", "headers"}) {
    v4::GetGroupResponse reply;
    sandbox().Break(
        {{"status", 404}, {"body", R"({"error":{"code":"not_found","message":"no"}})"}, {"close", where}});
    const Result result = caller().Call(Parse<v4::GetGroupRequest>(R"(group_id: "grp_1")"), &reply);
    CheckSound(result);
    EXPECT_EQ(result.Fact("http_status"), "404") << result;
    EXPECT_EQ(result.Trailer("blooio-upstream-status"), "404") << result;
  }
}

TEST_F(LostTest, RedirectsAreNotFollowed) {
  RawServer elsewhere;
  for (const Kind& kind : Kinds()) {
    sandbox().Reset();
    sandbox().Break({{"status", 302}, {"headers", {{"Location", "http://" + elsewhere.address() + "/"}}}});
    google::protobuf::Empty reply;
    const Result result = caller().Call(*kind.request, &reply);
    EXPECT_EQ(result.Reason(), "UPSTREAM_REDIRECTED") << result;
  }
  EXPECT_FALSE(elsewhere.AwaitText("H", absl::ZeroDuration()));
}

TEST_F(LostTest, AnAnswerThatIsNoHttpIsALoss) {
  RawServer server;
  GatewayServer gateway(Towards(server.address()));
  Caller caller(gateway.address());
  v2::SendMessageResponse reply;
  const auto request = Parse<v2::SendMessageRequest>(R"(chat_id { phone_number: "+15557770001" } text: "a")");
  auto pending = caller.Start(request, &reply);
  ASSERT_TRUE(server.AwaitText("\r\n\r\n{\"text\":\"a\"}", absl::Seconds(10)));
  server.Answer("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(pending->Wait().Reason(), "OUTCOME_UNKNOWN") << pending->Wait();
}

}  // namespace
}  // namespace blooio::integration
