// What is made of an answer, whole or not.
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

class Answers : public UpstreamTest {
 protected:
  // What becomes of a call when the server says `bytes`, then closes.
  AttemptResult Receive(std::string bytes, RestRequest request = Post()) {
    RawServer server([&](RawServer& s) {
      RawConnection connection = s.Accept();
      connection.ReadRequest();
      connection.Write(bytes);
    });
    return Call(server.url(), std::move(request));
  }
};

TEST_F(Answers, AnyStatusIsAnAnswer) {
  for (int status : {200, 201, 204, 302, 400, 401, 404, 409, 429, 500, 503, 599}) {
    const AttemptResult result = Receive("HTTP/1.1 " + std::to_string(status) + " Text\r\n\r\n");
    EXPECT_EQ(result.end, AttemptEnd::kAnswered) << status;
    EXPECT_EQ(result.status, status);
    EXPECT_FALSE(result.body_incomplete);
  }
}

TEST_F(Answers, RedirectIsNotFollowed) {
  RawServer target([](RawServer& s) { s.AnswerAll(Answer("{}")); });
  const AttemptResult result =
      Receive("HTTP/1.1 302 Found\r\nLocation: " + target.url() + "\r\nContent-Length: 2\r\n\r\nno", Get());
  EXPECT_EQ(result.status, 302);
  EXPECT_EQ(result.body, "no");
  EXPECT_EQ(target.connections(), 0);
}

TEST_F(Answers, ChunkedBody) {
  const AttemptResult result = Receive(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nRetry-After: "
      "1\r\n\r\n");
  EXPECT_EQ(result.body, "abcde");
  EXPECT_FALSE(result.retry_after) << "a trailer is no header";
}

TEST_F(Answers, OnlyTheFinalAnswerCounts) {
  const AttemptResult result = Receive(
      "HTTP/1.1 100 Continue\r\nRetry-After: 1\r\n\r\n"
      "HTTP/1.1 103 Early Hints\r\nRetry-After: 2\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(result.end, AttemptEnd::kAnswered);
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, "{}");
  EXPECT_EQ(result.retry_after, std::nullopt);
}

TEST_F(Answers, OnlyInterimAnswersAreNone) {
  for (const char* bytes : {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 20"}) {
    const AttemptResult result = Receive(bytes);
    EXPECT_EQ(result.end, AttemptEnd::kLost) << bytes;
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.last_event, "");
  }
}

TEST_F(Answers, RetryAfter) {
  auto of = [&](const std::string& headers) {
    return Receive("HTTP/1.1 429 Slow Down\r\nContent-Length: 0\r\n" + headers + "\r\n").retry_after;
  };
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(of("Retry-After: 7\r\n"), "7");
  EXPECT_EQ(of("retry-AFTER:   Fri, 31 Dec 1999 23:59:59 GMT  \r\n"), "Fri, 31 Dec 1999 23:59:59 GMT");
  EXPECT_EQ(of("Retry-After: 7\r\nRetry-After: 9\r\n"), "7");
  EXPECT_EQ(of("Retry-After: " + std::string(1000, '9') + "\r\n"), std::nullopt);
  EXPECT_EQ(of("X-Retry-After: 7\r\n"), std::nullopt);
}

TEST_F(Answers, HeadersThatBreakOffAreNoAnswer) {
  for (const char* bytes : {"", "HTTP/1.", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
                            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "garbage\r\n\r\n"}) {
    const AttemptResult result = Receive(bytes);
    EXPECT_EQ(result.end, AttemptEnd::kLost) << bytes;
    EXPECT_EQ(result.phase, Phase::kSent);
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.last_event, "");
  }
}

TEST_F(Answers, EndlessHeadersAreNoAnswer) {
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 700; ++i) bytes += "X-Filler: " + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(Receive(bytes + "Content-Length: 0\r\n\r\n").end, AttemptEnd::kLost);
}

TEST_F(Answers, BodyThatBreaksOff) {
  for (const char* bytes : {"HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nabc",
                            "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    const AttemptResult result = Receive(bytes);
    EXPECT_EQ(result.end, AttemptEnd::kAnswered);
    EXPECT_EQ(result.status, 201);
    EXPECT_TRUE(result.body_incomplete);
    EXPECT_EQ(result.body, "abc");
    EXPECT_EQ(result.last_event.find("answer: "), 0u) << result.last_event;
  }
}

TEST_F(Answers, BodyThatIsReset) {
  RawServer server([&](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadRequest();
    connection.Write("HTTP/1.1 500 Oops\r\nContent-Length: 10\r\n\r\n");
    connection.Reset();
  });
  const AttemptResult result = Call(server.url(), Post());
  // The reset may overtake the answer; then there is none.
  if (result.end == AttemptEnd::kAnswered) {
    EXPECT_EQ(result.status, 500);
    EXPECT_TRUE(result.body_incomplete);
  } else {
    EXPECT_EQ(result.end, AttemptEnd::kLost);
  }
}

TEST_F(Answers, BodyThatTakesTooLong) {
  Use({.attempt_timeout = absl::Milliseconds(300)});
  RawServer server([&](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.AwaitClose();
  });
  const AttemptResult result = Call(server.url(), Post());
  EXPECT_EQ(result.end, AttemptEnd::kAnswered);
  EXPECT_TRUE(result.body_incomplete);
  EXPECT_EQ(result.body, "abc");
}

TEST_F(Answers, BodyCap) {
  Use({.max_response_bytes = 1000});
  RawServer server([](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadRequest();
    connection.Write(Answer(std::string(1000, 'a')));
    connection.ReadRequest();
    connection.Write(Answer(std::string(1001, 'b')));
    connection.AwaitClose();
    connection = s.Accept();
    connection.ReadRequest();
    // Without end: the connection is cut, whatever more would come.
    connection.Write("HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'c'));
    connection.AwaitClose();
  });
  EXPECT_FALSE(Call(server.url(), Post()).body_incomplete);
  for (char c : {'b', 'c'}) {
    const AttemptResult result = Call(server.url(), Post());
    EXPECT_EQ(result.end, AttemptEnd::kAnswered);
    EXPECT_EQ(result.status, 200);
    EXPECT_TRUE(result.body_incomplete);
    EXPECT_EQ(result.body, std::string(1000, c));
  }
}

TEST_F(Answers, CompressedBodyIsLeftAlone) {
  EXPECT_EQ(Receive("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc").body, "abc");
}

TEST_F(Answers, EarlyAnswerToALargeBody) {
  RawServer server([](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadSome();
    connection.Write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    connection.AwaitClose();
  });
  const AttemptResult result = Call(server.url(), Post(std::string(8 << 20, 'x')));
  EXPECT_EQ(result.end, AttemptEnd::kAnswered);
  EXPECT_EQ(result.status, 413);
}

}  // namespace
}  // namespace blooio::gateway
