// When to repeat, as the caller is told: Retry-After, jitter, and the ends of an
// attempt that have no answer.
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/errors/error_details.h"
#include "tests/unit/errors/outcomes.h"

namespace blooio::gateway {
namespace {

using google::rpc::Code;

TEST(RepeatAdviceTest, RetryAfterBecomesThePushback) {
  struct Row {
    std::optional<std::string> header;
    int64_t pushback_ms;
  };
  for (const Row& row : std::initializer_list<Row>{{"7", 7000},
                                                   {" 7 ", 7000},
                                                   {"0", 50},
                                                   {"99999999999999", 600000},
                                                   {"Tue, 14 Nov 2023 22:13:50 GMT", 30000},
                                                   {"Tue, 14 Nov 2023 22:13:10 GMT", 1000},
                                                   {"soon", 1000},
                                                   {"infinite-future", 1000},
                                                   {"-1", 1000},
                                                   {"", 1000},
                                                   {std::nullopt, 1000}}) {
    for (int status : {429, 503}) {
      AttemptResult answer = Answer(status);
      answer.retry_after = row.header;
      const GatewayError error = Map(answer, Facts(Kind::kKeyed));
      EXPECT_EQ(error.pushback_ms, row.pushback_ms) << status << " " << row.header.value_or("none");
      const auto retry = DetailOf<google::rpc::RetryInfo>(error);
      ASSERT_TRUE(retry.has_value());
      EXPECT_EQ(retry->retry_delay().seconds() * 1000 + retry->retry_delay().nanos() / 1000000,
                row.pushback_ms);
    }
  }
}

TEST(RepeatAdviceTest, JitterAddsUpToAFifth) {
  class Most : public Randomness {
    uint64_t Next() override { return ~0ULL; }
  } most;
  AttemptResult answer = Answer(429);
  answer.retry_after = "10";
  const GatewayError error = ErrorFromAttempt(answer, Facts(Kind::kRead), most);
  EXPECT_GT(error.pushback_ms, 11990);
  EXPECT_LE(error.pushback_ms, 12000);
}

struct EventRow {
  AttemptEnd end;
  Phase phase;
  Kind kind;
  Code code;
  std::string reason;
  bool repeat;
  std::string request_id;
};

TEST(RepeatAdviceTest, EventsWithoutAnAnswer) {
  using enum AttemptEnd;
  const EventRow rows[] = {
      {kNotSent, Phase::kConnect, Kind::kUnkeyed, Code::UNAVAILABLE, "UPSTREAM_UNREACHABLE", true, ""},
      {kNotSent, Phase::kConnect, Kind::kCreate, Code::UNAVAILABLE, "UPSTREAM_UNREACHABLE", true, ""},
      {kUnsendable, Phase::kQueue, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNREACHABLE", false, ""},
      {kUnsendable, Phase::kConnect, Kind::kKeyed, Code::INTERNAL, "UPSTREAM_UNREACHABLE", false, ""},
      {kTlsUntrusted, Phase::kConnect, Kind::kKeyed, Code::INTERNAL, "UPSTREAM_TLS_UNTRUSTED", false, ""},
      {kLost, Phase::kSent, Kind::kRead, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, ""},
      {kLost, Phase::kSent, Kind::kKeyed, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, "order-1"},
      {kLost, Phase::kSent, Kind::kUnkeyed, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, "minted"},
      {kLost, Phase::kSent, Kind::kCreate, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, ""},
      {kDeadline, Phase::kQueue, Kind::kUnkeyed, Code::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", true, ""},
      {kDeadline, Phase::kConnect, Kind::kUnkeyed, Code::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", true, ""},
      {kDeadline, Phase::kSent, Kind::kUnkeyed, Code::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", false,
       "minted"},
      {kDeadline, Phase::kSent, Kind::kKeyed, Code::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", true, "order-1"},
  };
  const std::map<Phase, std::string> phases = {
      {Phase::kQueue, "queue"}, {Phase::kConnect, "connect"}, {Phase::kSent, "sent"}};
  for (const EventRow& row : rows) {
    SCOPED_TRACE(row.reason);
    AttemptResult result;
    result.end = row.end;
    result.phase = row.phase;
    result.last_event = "connect: refused";
    const GatewayError error = Map(result, Facts(row.kind));
    EXPECT_EQ(error.status.code(), row.code);
    EXPECT_EQ(ReasonOf(error), row.reason);
    EXPECT_EQ(error.pushback_ms > 0, row.repeat);
    EXPECT_EQ(error.alarm, row.end == kUnsendable || row.end == kTlsUntrusted);
    EXPECT_EQ(FactsOf(error)["last_event"], "connect: refused");
    EXPECT_EQ(FactsOf(error)["phase"], row.end == kDeadline ? phases.at(row.phase) : "");
    const auto request = DetailOf<google::rpc::RequestInfo>(error);
    EXPECT_EQ(request ? request->request_id() : "", row.request_id);
  }
}

}  // namespace
}  // namespace blooio::gateway
