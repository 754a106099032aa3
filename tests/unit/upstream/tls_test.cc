// TLS, and HTTP/2 as negotiated in it.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/unit/upstream/http2_front.h"
#include "tests/unit/upstream/tls_files.h"
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

// Set before anything initializes libcurl, which reads it but once.
const std::string kKeyLog = [] {
  std::string file = std::filesystem::temp_directory_path() / ("tls_test_keys_" + std::to_string(getpid()));
  setenv("SSLKEYLOGFILE", file.c_str(), 1);
  return file;
}();

class Tls : public UpstreamTest {
 protected:
  void SetUp() override { Use({.ca_file = files_.certificate_file()}); }
  TlsFiles files_;
};

TEST_F(Tls, UntrustedIsNotSent) {
  Use({});
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); }, files_.server_context());
  const AttemptResult result = Call(server.url(), Post());
  EXPECT_EQ(result.end, AttemptEnd::kTlsUntrusted);
  EXPECT_EQ(result.phase, Phase::kConnect);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(Tls, WrongNameIsUntrusted) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); }, files_.server_context());
  EXPECT_EQ(Call("https://localhost:" + std::to_string(server.port()), Post()).end,
            AttemptEnd::kTlsUntrusted);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(Tls, TrustedByCaFile) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); }, files_.server_context());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Call(server.url(), Post()).status, 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Tls, SessionSecretsAreNotWritten) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); }, files_.server_context());
  EXPECT_EQ(Call(server.url(), Post()).status, 200);
  EXPECT_FALSE(std::filesystem::exists(kKeyLog));
  std::filesystem::remove(kKeyLog);
}

TEST_F(Tls, OldVersionsAreRefused) {
  SSL_CTX_set_security_level(files_.server_context(), 0);
  SSL_CTX_set_min_proto_version(files_.server_context(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(files_.server_context(), TLS1_1_VERSION);
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); }, files_.server_context());
  EXPECT_EQ(Call(server.url(), Post()).end, AttemptEnd::kNotSent);
}

class Http2 : public Tls {
 protected:
  void SetUp() override {
    if (!Http2Front::Available()) GTEST_SKIP() << "nghttpx is not installed";
    Tls::SetUp();
  }
  // nghttpx says so in its Via header.
  static int CountHttp2(const RawServer& server) {
    int count = 0;
    for (const std::string& text : server.request_texts())
      count += text.find("\r\nVia: 2 ") != std::string::npos;
    return count;
  }
  static int CountPath(const RawServer& server, const std::string& path) {
    int count = 0;
    for (const std::string& text : server.request_texts())
      count += text.find(path + " HTTP/1.1") != std::string::npos;
    return count;
  }
};

TEST_F(Http2, IsNegotiated) {
  RawServer backend([](RawServer& s) { s.AnswerAll(Answer("{\"ok\":1}", "Retry-After: 5\r\n")); });
  Http2Front front(files_, backend.port());
  for (const RestRequest& request : {Post(), Get(), Delete(), Post(std::string(100000, 'x')), Post("")}) {
    const AttemptResult result = Call(front.url(), request);
    EXPECT_EQ(result.end, AttemptEnd::kAnswered);
    EXPECT_EQ(result.status, 200) << result.last_event;
    EXPECT_EQ(result.body, "{\"ok\":1}");
    EXPECT_EQ(result.retry_after, "5");
    EXPECT_FALSE(result.body_incomplete);
  }
  EXPECT_EQ(CountHttp2(backend), 5);
  const std::string post = backend.request_texts().at(0);
  EXPECT_NE(post.find("uthorization: Bearer test-key-4711\r\n"), std::string::npos) << post;
  EXPECT_EQ(post.substr(post.size() - 7), "{\"a\":1}");
}

// libcurl would wait for ever for its answer, and the next call would fail with it.
TEST_F(Http2, TooLargeAHeadLeavesTheConnectionAlone) {
  RawServer backend([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  Http2Front front(files_, backend.port());
  for (size_t size : {59000, 70000}) {
    std::string path(size, 'x');
    path[0] = '/';
    for (const RestRequest& request : {Get(path), Post("{}", path)}) {
      const AttemptResult result = Call(front.url(), request);
      EXPECT_EQ(result.end, size == 59000 ? AttemptEnd::kAnswered : AttemptEnd::kUnsendable);
    }
  }
  EXPECT_EQ(Call(front.url(), Post()).status, 200);
  EXPECT_EQ(backend.requests(), 3);
}

TEST_F(Http2, ManyShareAConnection) {
  RawServer backend([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  Http2Front front(files_, backend.port());
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Running>> running;
    for (int i = 0; i < 60; ++i) {
      running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(front.url()), Post()));
    }
    for (auto& call : running) {
      const AttemptResult result = call->Wait();
      EXPECT_EQ(result.status, 200) << result.last_event;
    }
  }
  EXPECT_EQ(front.connections(), 1);
  EXPECT_EQ(CountHttp2(backend), 180);
}

// More calls than streams: they open further connections, none is lost.
TEST_F(Http2, MoreThanAConnectionCarries) {
  RawServer backend([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  Http2Front front(files_, backend.port());
  for (int round = 0; round < 4; ++round) {
    std::vector<std::unique_ptr<Running>> running;
    for (int i = 0; i < 300; ++i) {
      running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(front.url()), Post()));
    }
    for (auto& call : running) {
      const AttemptResult result = call->Wait();
      EXPECT_EQ(result.status, 200) << result.last_event;
    }
  }
  EXPECT_EQ(backend.requests(), 1200);
}

// Slow answers keep their streams, yet hold nobody up.
TEST_F(Http2, MoreThanAConnectionCarriesUnanswered) {
  RawServer backend([](RawServer& s) { s.AnswerAll(""); });
  Http2Front front(files_, backend.port());
  std::vector<std::unique_ptr<Running>> running;
  for (int i = 0; i < 300; ++i) {
    running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(front.url()), Post()));
  }
  backend.AwaitRequests(300);
  // Three would do; without care there are 201.
  EXPECT_LT(front.connections(), 20);
  for (auto& call : running) call->attempt().Cancel();
  for (auto& call : running) EXPECT_EQ(call->Wait().phase, Phase::kSent);
}

TEST_F(Http2, PostOnAReusedConnectionThatDiesIsNotRepeated) {
  for (bool reset : {false, true}) {
    std::promise<void> got;
    RawServer backend([&](RawServer& s) {
      RawConnection connection = s.Accept();
      connection.ReadRequest();
      connection.Write(Answer("{}"));
      connection.ReadRequest();
      got.set_value();
      s.AnswerAll(Answer("{}"));
    });
    Http2Front front(files_, backend.port());
    ASSERT_EQ(Call(front.url(), Post("{}", "/first")).status, 200);
    Running second(*upstream_, MakeEndpoint(front.url()), Post("{}", "/second"));
    got.get_future().wait();
    front.CutConnections(reset);
    EXPECT_EQ(second.Wait().end, AttemptEnd::kLost);
    EXPECT_EQ(Call(front.url(), Get("/third")).status, 200);
    EXPECT_EQ(CountPath(backend, "/second"), 1);
  }
}

// A DELETE opens a connection of its own, but a GET joins it: now it counts as
// reused, and when it is reset libcurl sends one of the two again.
TEST_F(Http2, BodylessChangeOnASharedConnectionThatDiesIsNotRepeated) {
  for (bool reset : {false, true, true, true}) {
    std::promise<void> got_delete, got_get;
    RawServer backend([&](RawServer& s) {
      RawConnection first = s.Accept();
      first.ReadRequest();
      got_delete.set_value();
      RawConnection second = s.Accept();
      second.ReadRequest();
      got_get.set_value();
      s.AnswerAll(Answer("{}"));
    });
    Http2Front front(files_, backend.port());
    Running change(*upstream_, MakeEndpoint(front.url()), Delete("/change"));
    got_delete.get_future().wait();
    Running read(*upstream_, MakeEndpoint(front.url()), Get("/read"));
    got_get.get_future().wait();
    ASSERT_EQ(front.connections(), 1);
    front.CutConnections(reset);
    EXPECT_EQ(change.Wait().end, AttemptEnd::kLost);
    EXPECT_EQ(CountPath(backend, "/change"), 1);
  }
}

TEST_F(Http2, CancelledStreamLeavesTheOthersAlone) {
  std::promise<void> got;
  std::promise<void> cancelled;
  RawServer backend([&](RawServer& s) {
    RawConnection first = s.Accept();
    first.ReadRequest();
    RawConnection second = s.Accept();
    second.ReadRequest();
    got.set_value();
    cancelled.get_future().wait();
    first.Write(Answer("{}"));
    second.Write(Answer("{}"));
    s.AnswerAll(Answer("{}"));
  });
  Http2Front front(files_, backend.port());
  Running one(*upstream_, MakeEndpoint(front.url()), Post());
  Running two(*upstream_, MakeEndpoint(front.url()), Post());
  got.get_future().wait();
  one.attempt().Cancel();
  EXPECT_EQ(one.Wait().end, AttemptEnd::kCancelled);
  cancelled.set_value();
  EXPECT_EQ(two.Wait().status, 200);
  EXPECT_EQ(front.connections(), 1);
}

}  // namespace
}  // namespace blooio::gateway
