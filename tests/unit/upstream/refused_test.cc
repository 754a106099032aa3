// What may be said of a call whose HTTP/2 stream does not end well. That nothing came of it
// is said on proof alone: with anything else a repeat might double a message.
#include <sys/socket.h>

#include <functional>

#include "tests/unit/upstream/http2_server.h"
#include "tests/unit/upstream/tls_files.h"
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

using Connection = Http2Connection;
using Ending = std::function<void(Connection&, uint32_t stream)>;

void Refuse(Connection& connection, uint32_t stream) { connection.Reset(stream, Connection::kRefusedStream); }
void RequireHttp1(Connection& connection, uint32_t stream) {
  connection.Reset(stream, Connection::kHttp11Required);
}
void GoAwayBelow(Connection& connection, uint32_t stream) { connection.GoAway(stream - 1); }
void Close(Connection& connection, uint32_t) { connection.raw().Close(); }
// What comes is no TLS.
void Break(Connection& connection, uint32_t) { send(connection.raw().fd(), "broken", 6, MSG_NOSIGNAL); }
void Reset(Connection& connection, uint32_t) { connection.raw().Reset(); }

const struct {
  const char* name;
  Ending end;
  // Whether the first call of a connection is known not to have happened.
  bool provable = false;
} kEndings[] = {
    {"refused", &Refuse, true},
    {"internal error", [](Connection& c, uint32_t s) { c.Reset(s, Connection::kInternalError); }},
    {"cancelled", [](Connection& c, uint32_t s) { c.Reset(s, Connection::kCancel); }},
    {"no error", [](Connection& c, uint32_t s) { c.Reset(s, Connection::kNoError); }},
    {"refused after a hint",
     [](Connection& c, uint32_t s) {
       c.Hint(s);
       Refuse(c, s);
     }},
    {"closed", &Close},
    {"reset", &Reset},
    {"broken", &Break},
    // libcurl tells all of these as it tells streams that ended otherwise.
    {"going away, nothing of it done", &GoAwayBelow},
    {"going away and closed",
     [](Connection& c, uint32_t s) {
       GoAwayBelow(c, s);
       Close(c, s);
     }},
    {"going away, with it perhaps done",
     [](Connection& c, uint32_t s) {
       c.GoAway(s);
       Close(c, s);
     }},
    {"going away, with it failed",
     [](Connection& c, uint32_t s) {
       c.GoAway(s);
       c.Reset(s, Connection::kInternalError);
     }},
};

class Refused : public UpstreamTest {
 protected:
  // Answers whatever comes, connection after connection.
  static void AnswerAll(RawServer& server) {
    for (;;) {
      RawConnection raw = server.Accept();
      if (!raw.valid()) return;
      Connection connection(std::move(raw));
      while (const uint32_t stream = connection.ReadRequest()) connection.Answer(stream);
    }
  }

  void SetUp() override {
    SpeakHttp2(files_.server_context());
    // What waits for another try of libcurl's own does so for ever otherwise.
    Use({.attempt_timeout = absl::Seconds(5), .ca_file = files_.certificate_file()});
  }
  TlsFiles files_;
};

TEST_F(Refused, FirstCallOfAConnection) {
  for (const auto& row : kEndings) {
    SCOPED_TRACE(row.name);
    SetUp();
    std::atomic<int> requests = 0;
    RawServer server(
        [&](RawServer& s) {
          Connection connection(s.Accept());
          const uint32_t stream = connection.ReadRequest();
          ++requests;
          row.end(connection, stream);
          connection.raw().AwaitClose();
          Connection other(s.Accept());
          if (other.ReadRequest() != 0) ++requests;
        },
        files_.server_context());
    const AttemptResult result = Call(server.url(), Post());
    EXPECT_EQ(result.end, row.provable ? AttemptEnd::kNotSent : AttemptEnd::kLost) << result.last_event;
    EXPECT_EQ(result.phase, row.provable ? Phase::kConnect : Phase::kSent);
    EXPECT_EQ(result.last_event == "connect: stream refused", row.provable);
    EXPECT_EQ(requests, 1);
  }
}

// A connection that was used before may have died as well, for all that libcurl says.
TEST_F(Refused, LaterCallOfAConnection) {
  for (const auto& row : kEndings) {
    SCOPED_TRACE(row.name);
    SetUp();
    std::atomic<int> requests = 0;
    RawServer server(
        [&](RawServer& s) {
          Connection connection(s.Accept());
          connection.Answer(connection.ReadRequest());
          const uint32_t stream = connection.ReadRequest();
          ++requests;
          row.end(connection, stream);
          connection.raw().AwaitClose();
          Connection other(s.Accept());
          if (other.ReadRequest() != 0) ++requests;
        },
        files_.server_context());
    ASSERT_EQ(Call(server.url(), Post()).status, 200);
    const AttemptResult result = Call(server.url(), Post());
    EXPECT_EQ(result.end, AttemptEnd::kLost) << result.last_event;
    EXPECT_EQ(result.phase, Phase::kSent);
    EXPECT_EQ(requests, 1);
  }
}

// For libcurl a connection that others have joined counts as used before.
TEST_F(Refused, CallsThatShareANewConnection) {
  for (const Ending& end : {Ending(&Refuse), Ending(&Reset)}) {
    SetUp();
    std::promise<void> first_is_here;
    RawServer server(
        [&](RawServer& s) {
          Connection connection(s.Accept());
          const uint32_t first = connection.ReadRequest();
          first_is_here.set_value();
          connection.ReadRequest();
          end(connection, first);
          AnswerAll(s);
        },
        files_.server_context());
    Running first(*upstream_, MakeEndpoint(server.url()), Post());
    first_is_here.get_future().wait();
    Running second(*upstream_, MakeEndpoint(server.url()), Get());
    EXPECT_EQ(first.Wait().end, AttemptEnd::kLost);
    second.attempt().Cancel();
  }
}

// The body has hardly begun to leave when the stream is refused. If nothing of it has,
// libcurl may repeat the call by itself.
TEST_F(Refused, WithinTheBody) {
  int answered = 0;
  RawServer server(
      [&](RawServer& s) {
        Connection connection(s.Accept());
        Refuse(connection, connection.ReadHead());
        connection.raw().AwaitClose();
        Connection other(s.Accept());
        if (const uint32_t stream = other.ReadRequest()) {
          ++answered;
          other.Answer(stream);
          other.raw().AwaitClose();
        }
      },
      files_.server_context());
  const AttemptResult result = Call(server.url(), Post(std::string(1000000, 'x')));
  if (result.end == AttemptEnd::kAnswered) {
    EXPECT_EQ(result.status, 200);
    EXPECT_EQ(answered, 1);
  } else {
    EXPECT_EQ(result.end, AttemptEnd::kNotSent) << result.last_event;
    EXPECT_EQ(result.phase, Phase::kConnect);
    EXPECT_EQ(answered, 0);
  }
}

TEST_F(Refused, ReadsAreRepeatedAtOnce) {
  for (RestRequest request : {Get(), Post("{\"query\":1}")}) {
    request.read_only = true;
    RawServer server(
        [](RawServer& s) {
          Connection connection(s.Accept());
          Refuse(connection, connection.ReadRequest());
          AnswerAll(s);
        },
        files_.server_context());
    EXPECT_EQ(Call(server.url(), request).status, 200);
  }
}

// libcurl tries again, as it does after a refusal; but who has read so far may have done it.
TEST_F(Refused, ThatHttp1IsRequiredProvesNothing) {
  RawServer server(
      [](RawServer& s) {
        Connection connection(s.Accept());
        RequireHttp1(connection, connection.ReadRequest());
        RawConnection other = s.Accept();
        other.ReadRequest();
      },
      files_.server_context());
  const AttemptResult result = Call(server.url(), Post());
  EXPECT_EQ(result.end, AttemptEnd::kLost) << result.last_event;
  EXPECT_EQ(result.phase, Phase::kSent);
  EXPECT_EQ(server.connections(), 2) << "libcurl did try again";
  EXPECT_EQ(server.requests(), 0) << "in HTTP/1.1, but nothing was sent";
}

TEST_F(Refused, ReadsAreRepeatedInHttp1WhereThatIsRequired) {
  RawServer server(
      [](RawServer& s) {
        Connection connection(s.Accept());
        RequireHttp1(connection, connection.ReadRequest());
        RawConnection other = s.Accept();
        if (other.ReadRequest()) other.Write(Answer("{}"));
        other.AwaitClose();
      },
      files_.server_context());
  const AttemptResult result = Call(server.url(), Get());
  EXPECT_EQ(result.status, 200) << result.last_event;
  EXPECT_EQ(result.body, "{}");
}

// libcurl's handle remembers a refusal that it made good, and takes the next connection
// that dies for another one.
TEST_F(Refused, OneThatWasMadeGoodProvesNothingLater) {
  RawServer server(
      [](RawServer& s) {
        Connection one(s.Accept());
        one.Answer(one.ReadRequest());
        Refuse(one, one.ReadRequest());
        Connection two(s.Accept());
        two.Answer(two.ReadRequest());
        two.raw().Close();
        Connection three(s.Accept());
        three.ReadRequest();
        Break(three, 0);
        AnswerAll(s);
      },
      files_.server_context());
  ASSERT_EQ(Call(server.url(), Get()).status, 200);
  ASSERT_EQ(Call(server.url(), Get()).status, 200);
  const AttemptResult result = Call(server.url(), Post());
  EXPECT_EQ(result.end, AttemptEnd::kLost) << result.last_event;
  EXPECT_EQ(server.connections(), 3);
}

}  // namespace
}  // namespace blooio::gateway
