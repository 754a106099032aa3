// What waits on an idle HTTP/1.1 connection is nobody's answer: the next call
// goes out on a new connection, once, and its caller notices nothing.
#include "tests/unit/upstream/tls_files.h"
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

constexpr char kBalancerGivesUp[] =
    "HTTP/1.1 408 Request Time-out\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
constexpr char kRight[] = "{\"right\":1}";
constexpr char kWrong[] = "{\"wrong\":1}";

struct Spoiling {
  const char* name;
  // What is written on the idle connection, and whether it is closed then.
  std::string bytes;
  bool close;
};

class Spoiled : public UpstreamTest {
 protected:
  void SetUp() override { Use({.ca_file = files_.certificate_file()}); }

  // The first call's connection is spoiled before the second call starts, which
  // has to be answered truly, as do those after it.
  void ExpectFreshConnection(const Spoiling& spoiling, bool tls, const RestRequest& second) {
    SCOPED_TRACE(testing::Message() << spoiling.name << (tls ? " TLS " : " clear ") << second.path);
    std::promise<void> answered, spoiled;
    std::promise<std::string> left_over;
    RawServer server(
        [&](RawServer& s) {
          RawConnection idle = s.Accept();
          idle.ReadRequest();
          idle.Write(Answer("{}"));
          answered.get_future().wait();
          idle.Write(spoiling.bytes);
          if (spoiling.close) idle.Close();
          spoiled.set_value();
          if (!spoiling.close) left_over.set_value(idle.ReadSome());
          s.AnswerAll(Answer(kRight));
        },
        tls ? files_.server_context() : nullptr);
    ASSERT_EQ(Call(server.url(), Get("/first")).status, 200);
    answered.set_value();
    spoiled.get_future().wait();
    const AttemptResult result = Call(server.url(), second);
    EXPECT_EQ(result.end, AttemptEnd::kAnswered) << result.last_event;
    EXPECT_EQ(result.body, kRight);
    // The spoiled connection was closed without a byte of the request.
    if (!spoiling.close) {
      EXPECT_EQ(left_over.get_future().get(), "");
    }
    EXPECT_EQ(server.requests(), 2);
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(Call(server.url(), Post("{}", "/third")).body, kRight);
    EXPECT_EQ(server.requests(), 3);
    EXPECT_EQ(server.connections(), 2);
  }

  TlsFiles files_;
};

TEST_F(Spoiled, NextCallGetsAFreshConnection) {
  const Spoiling spoilings[] = {
      {"second answer", Answer(kWrong), false},
      {"second answer, then closed", Answer(kWrong), true},
      {"one byte", "H", false},
      {"408 and closed", kBalancerGivesUp, true},
      {"408, left open", kBalancerGivesUp, false},
      {"closed", "", true},
  };
  for (const Spoiling& spoiling : spoilings) {
    for (bool tls : {false, true}) {
      ExpectFreshConnection(spoiling, tls, Post("{}", "/second"));
      ExpectFreshConnection(spoiling, tls, Post(std::string(300000, 'x'), "/second"));
      ExpectFreshConnection(spoiling, tls, Get("/second"));
    }
  }
}

// In one TLS record with the answer's body, so that OpenSSL holds the rest of it.
TEST_F(Spoiled, SecondAnswerInTheSameRecord) {
  for (bool tls : {false, true}) {
    std::promise<void> first_done;
    RawServer server(
        [&](RawServer& s) {
          RawConnection idle = s.Accept();
          idle.ReadRequest();
          const std::string answer = Answer("{}");
          idle.Write(answer.substr(0, answer.size() - 2));
          idle.Write("{}" + Answer(kWrong));
          first_done.get_future().wait();
          s.AnswerAll(Answer(kRight));
        },
        tls ? files_.server_context() : nullptr);
    ASSERT_EQ(Call(server.url(), Get("/first")).body, "{}");
    first_done.set_value();
    EXPECT_EQ(Call(server.url(), Post("{}", "/second")).body, kRight);
    EXPECT_EQ(server.requests(), 2);
  }
}

// Many idle connections to two servers, all spoiled; each is found by its ends.
TEST_F(Spoiled, ManyConnections) {
  constexpr int kMany = 20;
  std::promise<void> spoil[2];
  std::promise<void> spoiled[2];
  auto script = [&](int number) {
    return [&, number](RawServer& s) {
      std::vector<RawConnection> idle;
      for (int i = 0; i < kMany; ++i) {
        idle.push_back(s.Accept());
        idle.back().ReadRequest();
      }
      for (RawConnection& connection : idle) connection.Write(Answer("{}"));
      spoil[number].get_future().wait();
      for (RawConnection& connection : idle) connection.Write(Answer(kWrong));
      spoiled[number].set_value();
      s.AnswerAll(Answer(kRight));
    };
  };
  RawServer one(script(0)), two(script(1));
  for (RawServer* server : {&one, &two}) {
    std::vector<std::unique_ptr<Running>> running;
    for (int i = 0; i < kMany; ++i) {
      running.push_back(std::make_unique<Running>(*upstream_, MakeEndpoint(server->url()), Post()));
    }
    for (auto& call : running) EXPECT_EQ(call->Wait().body, "{}");
  }
  for (int i : {0, 1}) {
    spoil[i].set_value();
    spoiled[i].get_future().wait();
  }
  for (int i = 0; i < kMany; ++i) {
    for (RawServer* server : {&one, &two}) EXPECT_EQ(Call(server->url(), Post()).body, kRight);
  }
  EXPECT_EQ(one.requests(), 2 * kMany);
  EXPECT_EQ(two.requests(), 2 * kMany);
}

// The time of the attempt does not begin again.
TEST_F(Spoiled, TheDeadlineStays) {
  std::promise<void> answered, spoiled;
  RawServer server([&](RawServer& s) {
    RawConnection idle = s.Accept();
    idle.ReadRequest();
    idle.Write(Answer("{}"));
    answered.get_future().wait();
    idle.Write(Answer(kWrong));
    spoiled.set_value();
    RawConnection silent = s.Accept();
    silent.ReadRequest();
    silent.AwaitClose();
  });
  ASSERT_EQ(Call(server.url(), Get()).status, 200);
  answered.set_value();
  spoiled.get_future().wait();
  const absl::Time deadline = absl::Now() + absl::Milliseconds(500);
  const AttemptResult result = Running(*upstream_, MakeEndpoint(server.url()), Post(), deadline).Wait();
  EXPECT_EQ(result.end, AttemptEnd::kDeadline);
  EXPECT_EQ(result.phase, Phase::kSent);
  EXPECT_EQ(server.requests(), 2);
}

// Otherwise connections are kept.
TEST_F(Spoiled, CleanConnectionsAreReused) {
  for (bool tls : {false, true}) {
    RawServer server([](RawServer& s) { s.AnswerAll(Answer("{}")); },
                     tls ? files_.server_context() : nullptr);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(Call(server.url(), Post()).status, 200);
    EXPECT_EQ(server.connections(), 1);
  }
}

}  // namespace
}  // namespace blooio::gateway
