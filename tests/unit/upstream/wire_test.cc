// What stands on the wire.
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

using Wire = UpstreamTest;

std::string Host(const RawServer& server) {
  return "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
}

TEST_F(Wire, Post) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{\"id\":7}")); });
  RestRequest request = Post("{\"text\":\"hi\"}", "/chats/%2B1555/messages?x=1");
  request.headers = {{"Idempotency-Key", "abc"}, {"X-From-Number", "+15550100"}, {"X-Empty", ""}};
  const AttemptResult result = Call(server.url() + "/v2/api", request);
  EXPECT_EQ(result.end, AttemptEnd::kAnswered);
  EXPECT_EQ(result.phase, Phase::kSent);
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, "{\"id\":7}");
  EXPECT_FALSE(result.body_incomplete);
  EXPECT_EQ(result.last_event, "");
  EXPECT_EQ(server.request_texts().at(0), "POST /v2/api/chats/%2B1555/messages?x=1 HTTP/1.1\r\n" +
                                              Host(server) +
                                              "User-Agent: blooio-gateway\r\n"
                                              "Accept: application/json\r\n"
                                              "Content-Type: application/json\r\n"
                                              "Idempotency-Key: abc\r\n"
                                              "X-From-Number: +15550100\r\n"
                                              "X-Empty:\r\n"
                                              "Authorization: Bearer test-key-4711\r\n"
                                              "Content-Length: 13\r\n\r\n"
                                              "{\"text\":\"hi\"}");
}

TEST_F(Wire, Get) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("[]")); });
  EXPECT_EQ(Call(server.url(), Get("/a/../b/./c?limit=2")).body, "[]");
  EXPECT_EQ(server.request_texts().at(0), "GET /a/../b/./c?limit=2 HTTP/1.1\r\n" + Host(server) +
                                              "User-Agent: blooio-gateway\r\n"
                                              "Accept: application/json\r\n"
                                              "Authorization: Bearer test-key-4711\r\n\r\n");
}

TEST_F(Wire, Delete) {
  RawServer server([](RawServer& s) { s.AnswerAll("HTTP/1.1 204 No Content\r\n\r\n"); });
  const AttemptResult result = Call(server.url(), Delete());
  EXPECT_EQ(result.status, 204);
  EXPECT_EQ(result.body, "");
  EXPECT_EQ(server.request_texts().at(0), "DELETE /things/1 HTTP/1.1\r\n" + Host(server) +
                                              "User-Agent: blooio-gateway\r\n"
                                              "Accept: application/json\r\n"
                                              "Authorization: Bearer test-key-4711\r\n\r\n");
}

TEST_F(Wire, VerbsWithAndWithoutBody) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  for (Verb verb : {Verb::kPatch, Verb::kPut, Verb::kPost}) {
    RestRequest with = Post("{}");
    with.verb = verb;
    RestRequest without = with;
    without.has_body = false;
    EXPECT_EQ(Call(server.url(), with).status, 200);
    EXPECT_EQ(Call(server.url(), without).status, 200);
    // A handle that sent a body does not remember it.
    EXPECT_EQ(Call(server.url(), Get()).status, 200);
  }
  const std::vector<std::string> texts = server.request_texts();
  ASSERT_EQ(texts.size(), 9u);
  const std::string rest = " /things HTTP/1.1\r\n" + Host(server) + "User-Agent: blooio-gateway\r\n";
  const std::string accept = "Accept: application/json\r\n";
  const std::string key = "Authorization: Bearer test-key-4711\r\n";
  size_t i = 0;
  for (const std::string verb : {"PATCH", "PUT", "POST"}) {
    EXPECT_EQ(texts[i++], verb + rest + accept + "Content-Type: application/json\r\n" + key +
                              "Content-Length: 2\r\n\r\n{}");
    EXPECT_EQ(texts[i++], verb + rest + accept + key + "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(texts[i++], "GET" + rest + accept + key + "\r\n");
  }
}

TEST_F(Wire, LargeBodyGoesWithoutExpect) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  const std::string body(3 << 20, 'x');
  EXPECT_EQ(Call(server.url(), Post(body)).status, 200);
  const std::string text = server.request_texts().at(0);
  EXPECT_EQ(text.find("Expect"), std::string::npos);
  EXPECT_EQ(text.substr(text.size() - body.size()), body);
}

TEST_F(Wire, ConnectionIsKept) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Call(server.url(), i % 2 == 0 ? Post() : Get()).status, 200);
  EXPECT_EQ(server.requests(), 10);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Wire, WithoutKeyNoAuthorization) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  const absl::Time deadline = absl::InfiniteFuture();
  for (const auto& key : {std::shared_ptr<const SecretString>(), MakeKey("")}) {
    EXPECT_EQ(Running(*upstream_, MakeEndpoint(server.url()), Get(), deadline, key).Wait().status, 200);
    EXPECT_EQ(server.request_texts().back().find("Authorization"), std::string::npos);
  }
}

TEST_F(Wire, EachAttemptHasItsOwnKeyAndLetsGoOfIt) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  const auto endpoint = MakeEndpoint(server.url());
  for (const std::string text : {"key-1", "key-2", "key-1"}) {
    std::shared_ptr<const SecretString> key = MakeKey(text);
    const std::weak_ptr<const SecretString> watched = key;
    Running call(*upstream_, endpoint, Get(), absl::InfiniteFuture(), std::move(key));
    EXPECT_EQ(call.Wait().status, 200);
    EXPECT_TRUE(watched.expired());
    EXPECT_NE(server.request_texts().back().find("Authorization: Bearer " + text + "\r\n"),
              std::string::npos);
  }
}

struct Unsendable {
  RestRequest request;
  std::string last_event;
};

TEST_F(Wire, UnsendableIsNotSent) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  std::vector<Unsendable> rows;
  auto add = [&](RestRequest request, std::vector<Header> headers, std::string last_event) {
    request.headers = std::move(headers);
    rows.push_back({std::move(request), std::move(last_event)});
  };
  for (const char* value : {"a\r\nX-Evil: 1", "a\nb", "a\tb", "a\x7f", "\xc3\xa9", " a", " "}) {
    add(Post(), {{"X-A", value}}, "queue: header not sendable");
  }
  add(Get(), {{"X-A: 1\r\nX-B", "2"}}, "queue: header not sendable");
  add(Get("@evil.invalid/"), {}, "queue: path does not begin with a slash");
  add(Get(""), {}, "queue: path does not begin with a slash");
  add(Get("/a\tb"), {}, "connect: URL using bad/illegal format or missing URL");
  for (size_t size : {60000, 2000000, 9000000}) {
    std::string large(size, 'x');
    large[0] = '/';
    add(Get(large), {}, "queue: request head too large");
    add(Delete(large), {}, "queue: request head too large");
    add(Post("{}"), {{"X-A", large}}, "queue: request head too large");
  }
  for (const Unsendable& row : rows) {
    const AttemptResult result = Call(server.url(), row.request);
    EXPECT_EQ(result.end, AttemptEnd::kUnsendable);
    EXPECT_EQ(result.last_event, row.last_event);
  }
  const AttemptResult result = Running(*upstream_, MakeEndpoint(server.url()), Get(), absl::InfiniteFuture(),
                                       MakeKey("k\r\nX-Evil: 1"))
                                   .Wait();
  EXPECT_EQ(result.end, AttemptEnd::kUnsendable);
  EXPECT_EQ(result.phase, Phase::kQueue);
  EXPECT_EQ(result.last_event, "queue: key not sendable");
  EXPECT_EQ(server.connections(), 0);
  // And the transfer that refused is none the worse for it.
  std::string fits(59000, 'x');
  fits[0] = '/';
  EXPECT_EQ(Call(server.url(), Get(fits)).status, 200);
}

TEST_F(Wire, ProxyOfTheEnvironmentIsIgnored) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  RawServer proxy([](RawServer& s) { s.AnswerAll("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"); });
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"}) {
    ASSERT_EQ(setenv(name, proxy.url().c_str(), 1), 0);
  }
  Use({});
  EXPECT_EQ(Call(server.url(), Get()).status, 200);
  EXPECT_EQ(proxy.connections(), 0);
  // Nor does it make an exception of a proxy that is configured.
  ASSERT_EQ(setenv("no_proxy", "*", 1), 0);
  Use({.proxy_url = proxy.url()});
  EXPECT_EQ(Call(server.url(), Get()).status, 502);
  for (const char* name :
       {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "no_proxy"}) {
    unsetenv(name);
  }
}

TEST_F(Wire, TunnelRefusedIsNotSent) {
  RawServer proxy([](RawServer& s) {
    s.AnswerAll("HTTP/1.1 403 Forbidden\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n");
  });
  Use({.proxy_url = proxy.url()});
  const AttemptResult result = Call("https://blooio.invalid", Post());
  EXPECT_EQ(result.end, AttemptEnd::kNotSent);
  EXPECT_EQ(result.status, 0);
  const std::string connect = proxy.request_texts().at(0);
  EXPECT_EQ(connect.find("CONNECT blooio.invalid:443 "), 0u);
  EXPECT_NE(connect.find("\r\nUser-Agent: blooio-gateway\r\n"), std::string::npos);
  EXPECT_EQ(connect.find(kKey), std::string::npos);
}

}  // namespace
}  // namespace blooio::gateway
