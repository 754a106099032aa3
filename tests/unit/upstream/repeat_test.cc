// A changing call reaches the upstream at most once, whatever libcurl thinks of
// repeating it: a doubled message is unforgivable.
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

using Repeat = UpstreamTest;

// Answers the first request, reads the second one whole on the same connection
// and breaks it; then answers whatever comes, which a repetition would.
void KillSecond(RawServer& server, bool reset) {
  RawConnection connection = server.Accept();
  connection.ReadRequest();
  connection.Write(Answer("{}"));
  connection.ReadRequest();
  if (reset) {
    connection.Reset();
  } else {
    connection.Close();
  }
  server.AnswerAll(Answer("{\"repeated\":true}"));
}

TEST_F(Repeat, PostOnAReusedConnectionThatDiesIsNotRepeated) {
  for (bool reset : {false, true}) {
    for (size_t size : {1, 1000, 1000000}) {
      RawServer server([&](RawServer& s) { KillSecond(s, reset); });
      ASSERT_EQ(Call(server.url(), Post()).status, 200);
      const AttemptResult result = Call(server.url(), Post(std::string(size, 'x')));
      EXPECT_EQ(result.end, AttemptEnd::kLost) << size;
      EXPECT_EQ(result.phase, Phase::kSent);
      EXPECT_EQ(result.status, 0);
      EXPECT_EQ(result.last_event, "sent: connection lost, and not sent again");
      EXPECT_EQ(server.requests(), 2);
      // The upstream lives on.
      EXPECT_EQ(Call(server.url(), Post()).body, "{\"repeated\":true}");
    }
  }
}

TEST_F(Repeat, ChangesWithoutBodyAreNotRepeated) {
  for (Verb verb : {Verb::kDelete, Verb::kPost, Verb::kPut, Verb::kPatch, Verb::kGet}) {
    for (bool empty_body : {false, true}) {
      RawServer server([](RawServer& s) {
        RawConnection first = s.Accept();
        first.ReadRequest();
        first.Write(Answer("{}"));
        RawConnection second = s.Accept();
        second.ReadRequest();
        second.Close();
        s.AnswerAll(Answer("{}"));
      });
      ASSERT_EQ(Call(server.url(), Get()).status, 200);
      const AttemptResult result =
          Call(server.url(), {.verb = verb, .path = "/things", .has_body = empty_body});
      EXPECT_EQ(result.end, AttemptEnd::kLost);
      EXPECT_EQ(server.requests(), 2);
      EXPECT_EQ(server.connections(), 2);
    }
  }
}

TEST_F(Repeat, ReadsMayBeRepeated) {
  for (RestRequest request : {Get(), Post("{\"query\":1}")}) {
    request.read_only = true;
    RawServer server([](RawServer& s) { KillSecond(s, false); });
    ASSERT_EQ(Call(server.url(), Get()).status, 200);
    const AttemptResult result = Call(server.url(), request);
    EXPECT_EQ(result.body, "{\"repeated\":true}");
    EXPECT_EQ(server.requests(), 3);
    EXPECT_EQ(server.request_texts()[1], server.request_texts()[2]);
  }
}

TEST_F(Repeat, FirstRequestOfAConnectionThatDiesIsLost) {
  for (RestRequest request : {Get(), Post()}) {
    RawServer server([](RawServer& s) {
      RawConnection connection = s.Accept();
      connection.ReadRequest();
      connection.Close();
      s.AnswerAll(Answer("{}"));
    });
    EXPECT_EQ(Call(server.url(), request).end, AttemptEnd::kLost);
    EXPECT_EQ(server.requests(), 1);
  }
}

// The server closes an idle connection while the next call is being sent on it:
// libcurl may notice or not, but the call happens at most once and is told truly.
TEST_F(Repeat, IdleConnectionThatDies) {
  for (bool reset : {false, true}) {
    for (int round = 0; round < 20; ++round) {
      std::promise<void> closing;
      RawServer server([&](RawServer& s) {
        RawConnection connection = s.Accept();
        connection.ReadRequest();
        connection.Write(Answer("{}"));
        closing.set_value();
        if (reset) {
          connection.Reset();
        } else {
          connection.Close();
        }
        s.AnswerAll(Answer("{}"));
      });
      Call(server.url(), Get());
      closing.get_future().wait();
      const AttemptResult result = Call(server.url(), Post("{}", "/second"));
      int posts = 0;
      for (const std::string& text : server.request_texts())
        posts += text.find("/second") != std::string::npos;
      EXPECT_LE(posts, 1);
      if (result.end == AttemptEnd::kAnswered) {
        EXPECT_EQ(result.status, 200);
        EXPECT_EQ(posts, 1);
      } else if (result.end == AttemptEnd::kNotSent) {
        EXPECT_EQ(posts, 0);
      } else {
        EXPECT_EQ(result.end, AttemptEnd::kLost);
      }
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
