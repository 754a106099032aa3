// How attempts end that nobody answers: failures to connect, deadlines,
// cancellation and shutdown. A server that accepts (or only listens) and says
// nothing stands for every slow upstream; as a TLS upstream it never gets past
// its handshake, which is the connect phase.
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

void Silent(RawServer& server) {
  RawConnection connection = server.Accept();
  connection.AwaitClose();
}

std::string TlsUrl(const RawServer& server) { return "https://127.0.0.1:" + std::to_string(server.port()); }

// Reads requests, answers none, and says when the first is there.
class Listener {
 public:
  std::string url() const { return server_.url(); }
  void AwaitRequest() { got_.get_future().wait(); }

 private:
  std::promise<void> got_;
  RawServer server_{[this](RawServer& s) {
    RawConnection connection = s.Accept();
    if (connection.ReadRequest()) got_.set_value();
    connection.AwaitClose();
  }};
};

using Limits = UpstreamTest;

TEST_F(Limits, ConnectRefused) {
  const AttemptResult result = Call("http://127.0.0.1:" + std::to_string(UnusedPort()), Post());
  EXPECT_EQ(result.end, AttemptEnd::kNotSent);
  EXPECT_EQ(result.phase, Phase::kConnect);
  EXPECT_EQ(result.last_event, "connect: Couldn't connect to server (Connection refused)");
}

TEST_F(Limits, UnknownName) {
  const AttemptResult result = Call("https://blooio.invalid", Post());
  EXPECT_EQ(result.end, AttemptEnd::kNotSent);
  EXPECT_EQ(result.last_event, "connect: Couldn't resolve host name");
}

TEST_F(Limits, OnlyHttp) {
  for (const char* url : {"ftp://127.0.0.1", "file:///etc", "gopher://127.0.0.1", "nonsense://127.0.0.1",
                          "http://user:password@127.0.0.1", "https://127.0.0.1:99999"}) {
    EXPECT_EQ(Call(url, Get("/passwd")).end, AttemptEnd::kUnsendable) << url;
  }
  // A host called "passwd".
  EXPECT_EQ(Call("http://", Get("/passwd")).end, AttemptEnd::kNotSent);
}

TEST_F(Limits, NotTls) {
  RawServer server([](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadSome();
    connection.Write(Answer("{}"));
  });
  EXPECT_EQ(Call(TlsUrl(server), Post()).end, AttemptEnd::kNotSent);
}

TEST_F(Limits, ConnectTimeout) {
  Use({.connect_timeout = absl::Milliseconds(50)});
  RawServer server(Silent);
  const AttemptResult result = Call(TlsUrl(server), Post());
  EXPECT_EQ(result.end, AttemptEnd::kNotSent);
  EXPECT_EQ(result.phase, Phase::kConnect);
}

// Those that wait for the connection that another one opens have their time too.
TEST_F(Limits, ConnectTimeoutOfThoseThatWait) {
  Use({.connect_timeout = absl::Milliseconds(50)});
  RawServer server(Silent);
  std::vector<std::unique_ptr<Running>> running;
  for (int i = 0; i < 20; ++i) {
    running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(TlsUrl(server)), Post()));
  }
  for (auto& call : running) EXPECT_EQ(call->Wait().end, AttemptEnd::kNotSent);
}

TEST_F(Limits, AttemptTimeout) {
  Use({.attempt_timeout = absl::Milliseconds(300)});
  RawServer server(Silent);
  const AttemptResult result = Call(server.url(), Post());
  EXPECT_EQ(result.end, AttemptEnd::kLost);
  EXPECT_EQ(result.phase, Phase::kSent);
}

TEST_F(Limits, DeadlineBeforeTheStart) {
  RawServer server(Silent);
  for (absl::Time deadline : {absl::Now() - absl::Seconds(1), absl::InfinitePast()}) {
    Running call(*upstream_, MakeEndpoint(server.url()), Post(), deadline);
    const AttemptResult result = call.Wait();
    EXPECT_EQ(result.end, AttemptEnd::kDeadline);
    EXPECT_EQ(result.phase, Phase::kQueue);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(Limits, DeadlineWhileConnecting) {
  RawServer server(Silent);
  Running call(*upstream_, MakeEndpoint(TlsUrl(server)), Post(), absl::Now() + absl::Milliseconds(500));
  const AttemptResult result = call.Wait();
  EXPECT_EQ(result.end, AttemptEnd::kDeadline);
  EXPECT_EQ(result.phase, Phase::kConnect);
  EXPECT_EQ(result.last_event, "connect: deadline passed");
}

TEST_F(Limits, DeadlineAfterSending) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}) {
    RawServer server([&](RawServer& s) {
      RawConnection connection = s.Accept();
      connection.ReadRequest();
      connection.Write(bytes);
      connection.AwaitClose();
    });
    Running call(*upstream_, MakeEndpoint(server.url()), Post(), absl::Now() + absl::Milliseconds(500));
    const AttemptResult result = call.Wait();
    EXPECT_EQ(result.end, AttemptEnd::kDeadline);
    EXPECT_EQ(result.phase, Phase::kSent);
    EXPECT_EQ(result.body, "");
  }
}

// Without TLS there is no HTTP/2 to wait for.
TEST_F(Limits, SlowFirstCallDoesNotHoldUpTheSecond) {
  std::promise<void> got;
  RawServer server([&](RawServer& s) {
    RawConnection slow = s.Accept();
    slow.ReadRequest();
    got.set_value();
    s.AnswerAll(Answer("{}"));
  });
  Running slow(*upstream_, MakeEndpoint(server.url()), Post());
  got.get_future().wait();
  EXPECT_EQ(Call(server.url(), Post()).status, 200);
  slow.attempt().Cancel();
}

TEST_F(Limits, NoDeadlineIsFine) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  EXPECT_EQ(Running(*upstream_, MakeEndpoint(server.url()), Get(), absl::InfiniteFuture()).Wait().status,
            200);
}

TEST_F(Limits, CancelAtOnce) {
  RawServer server(Silent);
  for (int i = 0; i < 100; ++i) {
    Running call(*upstream_, MakeEndpoint(i % 2 == 0 ? server.url() : TlsUrl(server)), Post());
    call.attempt().Cancel();
    call.attempt().Cancel();
    EXPECT_EQ(call.Wait().end, AttemptEnd::kCancelled);
  }
}

TEST_F(Limits, CancelWhileConnecting) {
  std::promise<void> connecting;
  RawServer server([&](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadSome();
    connecting.set_value();
    connection.AwaitClose();
  });
  Running call(*upstream_, MakeEndpoint(TlsUrl(server)), Post());
  connecting.get_future().wait();
  call.attempt().Cancel();
  const AttemptResult result = call.Wait();
  EXPECT_EQ(result.end, AttemptEnd::kCancelled);
  EXPECT_EQ(result.phase, Phase::kConnect);
}

TEST_F(Limits, CancelWhileWaiting) {
  Listener listener;
  Running call(*upstream_, MakeEndpoint(listener.url()), Post());
  listener.AwaitRequest();
  call.attempt().Cancel();
  const AttemptResult result = call.Wait();
  EXPECT_EQ(result.end, AttemptEnd::kCancelled);
  EXPECT_EQ(result.phase, Phase::kSent);
}

// The server sees the connection go while its script is still running.
TEST_F(Limits, CancelAbortsTheTransfer) {
  std::promise<void> got, gone;
  RawServer server([&](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadRequest();
    got.set_value();
    connection.AwaitClose();
    gone.set_value();
  });
  Running call(*upstream_, MakeEndpoint(server.url()), Post());
  got.get_future().wait();
  call.attempt().Cancel();
  gone.get_future().wait();
  EXPECT_EQ(call.Wait().end, AttemptEnd::kCancelled);
}

TEST_F(Limits, CancelAfterTheEnd) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  Running call(*upstream_, MakeEndpoint(server.url()), Post());
  EXPECT_EQ(call.Wait().status, 200);
  call.attempt().Cancel();
  EXPECT_EQ(Call(server.url(), Get()).status, 200);
  // Nor does it matter that the upstream is gone.
  Running last(*upstream_, MakeEndpoint(server.url()), Post());
  EXPECT_EQ(last.Wait().status, 200);
  upstream_.reset();
  last.attempt().Cancel();
}

TEST_F(Limits, CancelRacesTheAnswer) {
  Use({.threads = 2});
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  int answered = 0;
  for (int i = 0; i < 300; ++i) {
    Running call(*upstream_, MakeEndpoint(server.url()), Post());
    std::thread canceller([&] { call.attempt().Cancel(); });
    const AttemptResult result = call.Wait();
    canceller.join();
    EXPECT_TRUE(result.end == AttemptEnd::kAnswered || result.end == AttemptEnd::kCancelled);
    answered += result.end == AttemptEnd::kAnswered;
  }
  RecordProperty("answered", answered);
}

TEST_F(Limits, DestructionCancels) {
  Use({.threads = 2});
  Listener listener;
  RawServer silent(Silent);
  std::vector<std::unique_ptr<Running>> running;
  running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(listener.url()), Post()));
  listener.AwaitRequest();
  for (int i = 0; i < 40; ++i) {
    const std::string url = i % 2 == 0 ? silent.url() : TlsUrl(silent);
    running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(url), i % 3 == 0 ? Get() : Post()));
  }
  upstream_.reset();
  for (auto& call : running) {
    EXPECT_EQ(call->Wait().end, AttemptEnd::kCancelled);
    call->attempt().Cancel();
  }
}

TEST_F(Limits, DoneMayStartTheNext) {
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  const auto endpoint = MakeEndpoint(server.url());
  const RestRequest request = Post();
  std::promise<int> finished;
  int left = 50;
  std::function<void(AttemptResult)> next = [&](AttemptResult result) {
    if (result.status != 200 || --left == 0) return finished.set_value(result.status);
    upstream_->Start(endpoint, MakeKey(), request, absl::Now() + absl::Minutes(1), next);
  };
  upstream_->Start(endpoint, MakeKey(), request, absl::Now() + absl::Minutes(1), next);
  EXPECT_EQ(finished.get_future().get(), 200);
  EXPECT_EQ(server.requests(), 50);
}

TEST_F(Limits, ManyAtOnceOnManyLoops) {
  Use({.threads = 3});
  RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Running>> running;
    for (int i = 0; i < 90; ++i) {
      running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(server.url()), Post()));
    }
    for (auto& call : running) EXPECT_EQ(call->Wait().status, 200);
  }
  EXPECT_EQ(server.requests(), 270);
}

TEST_F(Limits, BadOptions) {
  EXPECT_FALSE(Upstream::Create({.threads = 0}).ok());
  EXPECT_FALSE(Upstream::Create({.max_connections = -1}).ok());
  EXPECT_FALSE(Upstream::Create({.ca_file = "/nonexistent"}).ok());
  EXPECT_FALSE(Upstream::Create({.ca_file = "/dev/null"}).ok());
}

}  // namespace
}  // namespace blooio::gateway
