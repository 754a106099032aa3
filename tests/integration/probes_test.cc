// The HTTP listener: probes from start to exit, and peers that mean no good.
#include <gmock/gmock.h>

#include <csignal>
#include <list>
#include <vector>

#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/harness/raw_client.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr absl::Duration kPatience = absl::Seconds(30);

GatewayOptions WithHttp(const std::string& listen = "127.0.0.1:0") {
  GatewayOptions options;
  options.sections = "http: { listen: '" + listen + "' }\n";
  return options;
}

std::string Exchange(const std::string& address, const std::string& bytes) {
  const RawClient client(address);
  client.Send(bytes);
  return client.ReadToEnd(kPatience);
}

TEST(ProbesTest, SayReadyUntilTheDrainAndLiveUntilTheEnd) {
  GatewayOptions options = WithHttp();
  options.server = "drain_delay: 60s";
  GatewayServer gateway(options);
  const auto probe = [&](const std::string& path) {
    const HttpAnswer answer = Fetch("GET", gateway.http_address(), path);
    return std::to_string(answer.status) + " " + answer.body;
  };
  EXPECT_EQ(probe("/livez"), "200 live\n");
  EXPECT_EQ(probe("/readyz"), "200 ready\n");
  EXPECT_EQ(probe("/readyz?verbose"), "200 ready\n");
  gateway.process().Signal(SIGTERM);
  ASSERT_TRUE(gateway.process().WaitForError(R"("event":"draining")", kPatience));
  EXPECT_EQ(probe("/livez"), "200 live\n");
  EXPECT_EQ(probe("/readyz"), "503 unready\n");
  EXPECT_EQ(Fetch("GET", gateway.http_address(), "/metrics").status, 200);
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(gateway.process().WaitForExit(kPatience), 0);
  EXPECT_THROW(RawClient{gateway.http_address()}, std::runtime_error);
}

TEST(ProbesTest, AreNamedInTheReadyLineOnlyWhereTheyAre) {
  GatewayServer with(WithHttp());
  EXPECT_EQ(with.process().out(), R"({"event":"ready","grpc":")" + with.address() + R"(","http":")" +
                                      with.http_address() + "\"}\n");
  GatewayServer without{GatewayOptions()};
  EXPECT_EQ(without.process().out(), R"({"event":"ready","grpc":")" + without.address() + "\"}\n");
}

struct RequestCase {
  std::string bytes;
  std::string status;
};

TEST(ProbesTest, AnswerOnlyWhatTheyServe) {
  GatewayServer gateway(WithHttp());
  const std::string end = "\r\nHost: x\r\n\r\n";
  const std::vector<RequestCase> cases = {
      {"GET /livez HTTP/1.1" + end, "200 OK"},
      {"GET /livez HTTP/1.0\r\n\r\n", "200 OK"},
      {"GET /metrics HTTP/1.1" + end, "200 OK"},
      {"GET / HTTP/1.1" + end, "404 Not Found"},
      {"GET /metrics/ HTTP/1.1" + end, "404 Not Found"},
      {"GET /metricsx HTTP/1.1" + end, "404 Not Found"},
      {"GET /../livez HTTP/1.1" + end, "404 Not Found"},
      {"GET //livez HTTP/1.1" + end, "404 Not Found"},
      {"GET /%6civez HTTP/1.1" + end, "404 Not Found"},
      {"GET /etc/passwd HTTP/1.1" + end, "404 Not Found"},
      {"POST /livez HTTP/1.1\r\nContent-Length: 1000000" + end, "405 Method Not Allowed"},
      {"PUT /metrics HTTP/1.1" + end, "405 Method Not Allowed"},
      {"BREW /livez HTTP/1.1" + end, "405 Method Not Allowed"},
      {"GET /livez HTTP/1.1\r\nX: " + std::string(9000, 'x') + end, "431 Request Header Fields Too Large"},
      {"GET /livez HTTP/9.9" + end, "400 Bad Request"},
      {"\x16\x03\x01 hello\r\n\r\n", "400 Bad Request"},
  };
  for (const RequestCase& one : cases) {
    EXPECT_THAT(Exchange(gateway.http_address(), one.bytes),
                AllOf(HasSubstr(one.status), StartsWith("HTTP/1.")))
        << one.bytes;
  }
  EXPECT_EQ(gateway.Stop(), 0);
}

TEST(ProbesTest, AnswerHeadWithoutABody) {
  GatewayServer gateway(WithHttp());
  for (const char* path : {"/livez", "/readyz", "/metrics"}) {
    const std::string answer =
        Exchange(gateway.http_address(), std::string("HEAD ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), ::testing::EndsWith("\r\n\r\n"),
                              HasSubstr("Content-Length: "), Not(HasSubstr("Content-Length: 0"))));
  }
}

// However many connections are held open, a probe is answered at once.
TEST(ProbesTest, AreAnsweredBesidePeersThatSayNothing) {
  GatewayServer gateway(WithHttp());
  std::list<RawClient> idle;
  for (int i = 0; i < 200; ++i) {
    idle.emplace_back(gateway.http_address());
    if (i % 2 == 0) idle.back().Send("GET /livez HT");
  }
  EXPECT_EQ(Fetch("GET", gateway.http_address(), "/livez").status, 200);
  // Of so many, the oldest were closed.
  bool closed = false;
  idle.front().ReadToEnd(kPatience, &closed);
  EXPECT_TRUE(closed);
  // And none stays for ever, saying nothing.
  idle.back().ReadToEnd(kPatience, &closed);
  EXPECT_TRUE(closed);
  EXPECT_EQ(gateway.Stop(), 0);
}

TEST(ProbesTest, EndWithTheGatewayWhateverIsOpen) {
  GatewayServer gateway(WithHttp());
  const RawClient silent(gateway.http_address());
  const RawClient deaf(gateway.http_address());
  deaf.Send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(gateway.Stop(), 0);
}

TEST(ProbesTest, NeedAnAddressOfTheirOwn) {
  GatewayServer first(WithHttp());
  for (const std::string& taken : {first.http_address(), first.address()}) {
    GatewayServer second(WithHttp(taken), GatewayServer::NotAwaited{});
    EXPECT_EQ(second.process().WaitForExit(kPatience), 1);
    EXPECT_EQ(second.process().out(), "");
    EXPECT_THAT(second.process().err(),
                HasSubstr("blooio-gateway: cannot listen on " + taken +
                          ": Address already in use; choose another http.listen or stop what uses it\n"));
  }
}

TEST(ProbesTest, ListenOnNamesAndIpv6) {
  GatewayServer v6(WithHttp("[::1]:0"));
  EXPECT_THAT(v6.http_address(), StartsWith("[::1]:"));
  EXPECT_THAT(v6.http_address(), Not(::testing::EndsWith(":0")));
  GatewayServer name(WithHttp("localhost:0"));
  EXPECT_THAT(name.http_address(), StartsWith("localhost:"));
  GatewayServer everywhere(WithHttp("0.0.0.0:0"));
  const std::string port = everywhere.http_address().substr(everywhere.http_address().rfind(':'));
  EXPECT_EQ(Fetch("GET", "127.0.0.1" + port, "/livez").status, 200);
}

TEST(ProbesTest, AreNotServedOnAUnixSocket) {
  GatewayServer gateway(WithHttp("unix:/tmp/probes"), GatewayServer::NotAwaited{});
  EXPECT_EQ(gateway.process().WaitForExit(kPatience), 1);
  EXPECT_THAT(gateway.process().err(), HasSubstr("http.listen: cannot be a unix socket"));
}

}  // namespace
}  // namespace blooio::integration
