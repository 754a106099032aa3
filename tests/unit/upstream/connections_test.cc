// How many connections there may be, and what becomes of calls beyond them.
#include <sys/resource.h>

#include "tests/unit/upstream/http2_front.h"
#include "tests/unit/upstream/tls_files.h"
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

class Connections : public UpstreamTest {
 protected:
  TlsFiles files_;
};

// Takes one connection, reads the request and never answers it.
struct Mute {
  std::promise<void> got;
  RawServer server{[this](RawServer& s) {
    RawConnection connection = s.Accept();
    if (connection.ReadRequest()) got.set_value();
    connection.AwaitClose();
    s.AnswerAll(Answer("{}"));
  }};
};

TEST_F(Connections, CallsBeyondThemEndUnsent) {
  Use({.max_connections = 1, .connect_timeout = absl::Seconds(1)});
  Mute mute, other;
  Running first(*upstream_, MakeEndpoint(mute.server.url()), Post());
  mute.got.get_future().wait();
  for (const RestRequest& request : {Post(), Get(), Delete()}) {
    for (const RawServer* server : {&mute.server, &other.server}) {
      const AttemptResult late = Call(server->url(), request);
      EXPECT_EQ(late.end, AttemptEnd::kNotSent) << late.last_event;
      EXPECT_EQ(late.phase, Phase::kConnect);
    }
    const absl::Time deadline = absl::Now() + absl::Milliseconds(300);
    const AttemptResult due = Running(*upstream_, MakeEndpoint(mute.server.url()), request, deadline).Wait();
    EXPECT_EQ(due.end, AttemptEnd::kDeadline) << due.last_event;
    EXPECT_EQ(due.phase, Phase::kConnect);
  }
  EXPECT_EQ(mute.server.requests(), 1);
  EXPECT_EQ(mute.server.connections(), 1);
  EXPECT_EQ(other.server.connections(), 0);
  // Nothing is left of them in the connection's way.
  first.attempt().Cancel();
  EXPECT_EQ(first.Wait().end, AttemptEnd::kCancelled);
  EXPECT_EQ(Call(mute.server.url(), Post()).status, 200);
}

TEST_F(Connections, CallsBeyondThemHaveTheirTurn) {
  for (bool tls : {false, true}) {
    Use({.max_connections = 2, .ca_file = files_.certificate_file()});
    SSL_CTX* context = tls ? files_.server_context() : nullptr;
    RawServer one([](RawServer& s) { s.AnswerAll(Answer("{}")); }, context);
    RawServer two([](RawServer& s) { s.AnswerAll(Answer("{}")); }, context);
    std::vector<std::unique_ptr<Running>> running;
    for (int i = 0; i < 120; ++i) {
      const RestRequest request = i % 3 == 0 ? Delete() : i % 3 == 1 ? Get() : Post();
      const std::string url = i % 2 == 0 ? one.url() : two.url();
      running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(url), request));
    }
    for (auto& call : running) {
      const AttemptResult result = call->Wait();
      EXPECT_EQ(result.status, 200) << result.last_event;
    }
    EXPECT_EQ(one.requests() + two.requests(), 120);
  }
}

// The spoiled connection makes room for the new one.
TEST_F(Connections, SpoiledOneIsReplacedAtTheCap) {
  Use({.max_connections = 1});
  std::promise<void> answered, spoiled;
  RawServer server([&](RawServer& s) {
    RawConnection idle = s.Accept();
    idle.ReadRequest();
    idle.Write(Answer("{}"));
    answered.get_future().wait();
    idle.Write(Answer("{\"wrong\":1}"));
    spoiled.set_value();
    s.AnswerAll(Answer("{\"right\":1}"));
  });
  ASSERT_EQ(Call(server.url(), Get()).status, 200);
  answered.set_value();
  spoiled.get_future().wait();
  EXPECT_EQ(Call(server.url(), Post()).body, "{\"right\":1}");
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(Connections, Http2SharesTheOneThereIs) {
  if (!Http2Front::Available()) GTEST_SKIP() << "nghttpx is not installed";
  Use({.max_connections = 1, .ca_file = files_.certificate_file()});
  RawServer backend([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  Http2Front front(files_, backend.port());
  std::vector<std::unique_ptr<Running>> running;
  for (int i = 0; i < 300; ++i) {
    running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(front.url()), Post()));
  }
  for (auto& call : running) {
    const AttemptResult result = call->Wait();
    EXPECT_EQ(result.status, 200) << result.last_event;
  }
  EXPECT_EQ(front.connections(), 1);
}

// By default they leave half of the descriptors alone.
TEST_F(Connections, DefaultFollowsTheLimitOfDescriptors) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  // 128 are the process's own, half of the others the callers'.
  for (const auto& [descriptors, connections] : {std::pair<rlim_t, int>{200, 36}, {100, 8}}) {
    const rlimit few{.rlim_cur = descriptors, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    Use({.connect_timeout = absl::Seconds(1)});
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    RawServer server([](RawServer& s) {
      std::vector<RawConnection> open;
      while (open.empty() || open.back().valid()) open.push_back(s.Accept());
    });
    std::vector<std::unique_ptr<Running>> running;
    for (int i = 0; i < connections + 10; ++i) {
      running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(server.url()), Post(),
                                                  absl::Now() + absl::Seconds(10)));
    }
    int unsent = 0;
    for (auto& call : running) unsent += call->Wait().end == AttemptEnd::kNotSent;
    EXPECT_EQ(unsent, 10) << descriptors;
    EXPECT_EQ(server.connections(), connections) << descriptors;
  }
}

}  // namespace
}  // namespace blooio::gateway
