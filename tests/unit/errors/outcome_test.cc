// Every row of the table of outcomes (design, section 5), crossed with every
// shape of body that an upstream may send.
#include "service/errors/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/errors/error_details.h"
#include "tests/unit/errors/outcomes.h"

namespace blooio::gateway {
namespace {

using google::rpc::Code;

struct StatusRow {
  int status;
  Kind kind;
  Code code;
  std::string reason;
  bool repeat;
  bool alarm;
};

const StatusRow kStatusRows[] = {
    {400, Kind::kUnkeyed, Code::INVALID_ARGUMENT, "UPSTREAM_INVALID_ARGUMENT", false, false},
    {413, Kind::kUnkeyed, Code::INVALID_ARGUMENT, "UPSTREAM_INVALID_ARGUMENT", false, false},
    {422, Kind::kUnkeyed, Code::INVALID_ARGUMENT, "UPSTREAM_INVALID_ARGUMENT", false, false},
    {401, Kind::kKeyed, Code::INTERNAL, "UPSTREAM_CREDENTIAL_REJECTED", false, true},
    {402, Kind::kKeyed, Code::FAILED_PRECONDITION, "UPSTREAM_PAYMENT_REQUIRED", false, false},
    {403, Kind::kKeyed, Code::FAILED_PRECONDITION, "UPSTREAM_FORBIDDEN", false, false},
    {404, Kind::kRead, Code::NOT_FOUND, "UPSTREAM_NOT_FOUND", false, false},
    {410, Kind::kRead, Code::NOT_FOUND, "UPSTREAM_NOT_FOUND", false, false},
    {404, Kind::kCreate, Code::INTERNAL, "UPSTREAM_ROUTE_MISSING", false, true},
    {410, Kind::kCreate, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {409, Kind::kCreate, Code::ALREADY_EXISTS, "UPSTREAM_ALREADY_EXISTS", false, false},
    {409, Kind::kKeyed, Code::FAILED_PRECONDITION, "UPSTREAM_STATE_CONFLICT", false, false},
    {429, Kind::kUnkeyed, Code::RESOURCE_EXHAUSTED, "UPSTREAM_RATE_LIMITED", true, false},
    {501, Kind::kKeyed, Code::UNIMPLEMENTED, "UPSTREAM_NOT_IMPLEMENTED", false, false},
    {408, Kind::kRead, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, false},
    {500, Kind::kKeyed, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, false},
    {502, Kind::kRead, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, false},
    {503, Kind::kKeyed, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, false},
    {504, Kind::kRead, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, false},
    {408, Kind::kUnkeyed, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, false},
    {500, Kind::kUnkeyed, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, false},
    {502, Kind::kCreate, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, false},
    {503, Kind::kCreate, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, false},
    {504, Kind::kUnkeyed, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, false},
    {301, Kind::kRead, Code::INTERNAL, "UPSTREAM_REDIRECTED", false, true},
    {308, Kind::kKeyed, Code::INTERNAL, "UPSTREAM_REDIRECTED", false, true},
    {405, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {406, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {411, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {414, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {415, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {431, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {418, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {520, Kind::kKeyed, Code::UNAVAILABLE, "UPSTREAM_UNAVAILABLE", true, false},
    {524, Kind::kUnkeyed, Code::UNKNOWN, "OUTCOME_UNKNOWN", false, false},
    {505, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
    {599, Kind::kRead, Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS", false, false},
};

TEST(OutcomeTest, EveryStatusHasItsRow) {
  for (const StatusRow& row : kStatusRows) {
    SCOPED_TRACE(testing::Message() << row.status << " kind " << static_cast<int>(row.kind));
    const GatewayError error = Map(Answer(row.status), Facts(row.kind));
    EXPECT_EQ(error.status.code(), row.code);
    EXPECT_EQ(ReasonOf(error), row.reason);
    EXPECT_EQ(FactsOf(error)["http_status"], std::to_string(row.status));
    EXPECT_EQ(FactsOf(error)["account"], "main");
    EXPECT_EQ(FactsOf(error)["attempts"], "1");
    EXPECT_EQ(error.pushback_ms > 0, row.repeat) << error.pushback_ms;
    EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(error).has_value(), row.repeat);
    EXPECT_EQ(error.alarm, row.alarm);
  }
}

struct Body {
  std::string name;
  std::string text;
  bool json;
  std::string quote;  // what the message quotes, "" for nothing
  std::string code;
};

std::vector<Body> Bodies() {
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += R"({"error":)";
  return {
      {"flat", R"({"error":"No such chat","status":404})", true, "No such chat", ""},
      {"newer", R"({"error":"ApiError","message":"Gone fishing","status":1,"code":"gone"})", true,
       "Gone fishing", "gone"},
      {"nested",
       R"({"error":{"code":"bad_thing","message":"Bad thing","details":{"message":"x","code":"y"}}})", true,
       "Bad thing", "bad_thing"},
      {"class name only", R"({"error":"ApiError"})", true, "", ""},
      {"string", R"("just a string")", false, "", ""},
      {"empty", "", false, "", ""},
      {"blank", " \n", false, "", ""},
      {"html", "<html><body>404 +15551234567</body></html>", false, "", ""},
      {"truncated", R"({"error":{"code":"cut","message":"Cut o)", true, "", "cut"},
      {"invalid utf-8", "{\"error\":\"caf\xC3( \xFF\"}", true, "caf\xEF\xBF\xBD( \xEF\xBF\xBD", ""},
      {"10 MB", R"({"error":")" + std::string(10'000'000, 'x') + R"("})", true, "", ""},
      {"10 MB text", std::string(10'000'000, 'x'), false, "", ""},
      {"10,000 deep", deep, true, "", ""},
      {"10,000 lists deep", std::string(10000, '['), true, "", ""},
      {"phone and mail", R"({"error":"+1 (555) 123-4567 or jo@example.com is unknown"})", true,
       "+1***67 or j***@*** is unknown", ""},
      {"control characters", R"({"error":"a\u0000b\u001b[31mc\r\nd\u009be"})", true, "a b [31mc d e", ""},
      {"hostile code", R"({"error":{"code":"+15551234567","message":"m"}})", true, "m", ""},
      {"wrong types", R"({"error":[{"message":"no"}],"message":{"x":"y"},"code":["z"]})", true, "", ""},
  };
}

TEST(OutcomeTest, EveryBodyShapeIsReadSafelyOnEveryStatus) {
  for (const Body& body : Bodies()) {
    for (const StatusRow& row : kStatusRows) {
      SCOPED_TRACE(testing::Message() << row.status << " " << body.name);
      const GatewayError error = Map(Answer(row.status, body.text), Facts(row.kind));
      EXPECT_LT(error.status.ByteSizeLong(), 4096u);
      EXPECT_THAT(error.status.message(), testing::Not(testing::HasSubstr("5551234567")));
      EXPECT_THAT(error.status.message(), testing::Not(testing::ContainsRegex("[[:cntrl:]]")));
      EXPECT_NE(ReasonOf(error), "");
    }
  }
}

TEST(OutcomeTest, TheBodysMessageAndCodeAreQuoted) {
  for (const Body& body : Bodies()) {
    SCOPED_TRACE(body.name);
    const GatewayError error = Map(Answer(422, body.text), Facts(Kind::kUnkeyed));
    const std::string expected = body.quote.empty() ? "Blooio refused the request as invalid."
                                                    : "Blooio refused the request as invalid: " + body.quote;
    EXPECT_EQ(error.status.message(), expected);
    EXPECT_EQ(FactsOf(error)["upstream_code"], body.code);
    // A 404 of something that is not the API means a wrong base URL.
    EXPECT_EQ(ReasonOf(Map(Answer(404, body.text), Facts(Kind::kRead))),
              body.json ? "UPSTREAM_NOT_FOUND" : "UPSTREAM_ROUTE_MISSING");
  }
}

TEST(OutcomeTest, ALongMessageIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\xC3\xA9";
  const GatewayError error = Map(Answer(400, R"({"error":")" + text + R"("})"), Facts(Kind::kRead));
  const std::string quote = error.status.message().substr(error.status.message().find(": ") + 2);
  EXPECT_EQ(quote.size(), 300u);
  EXPECT_TRUE(text.starts_with(quote));
}

TEST(OutcomeTest, A429WithACodeIsAQuota) {
  for (const char* body : {R"({"error":"ApiError","code":"outbound_limit_reached","limit":1})",
                           R"({"error":{"code":"conversation_streak_limit","message":"m"}})",
                           R"({"error":"x","code":"a code unfit for a label"})"}) {
    AttemptResult answer = Answer(429, body);
    answer.retry_after = "5";
    const GatewayError error = Map(answer, Facts(Kind::kKeyed));
    EXPECT_EQ(ReasonOf(error), "UPSTREAM_QUOTA_EXHAUSTED") << body;
    EXPECT_EQ(error.pushback_ms, kDoNotRepeat);
  }
}

TEST(OutcomeTest, AnUnusableAnswerOfAChangeWasProbablyAccepted) {
  const GatewayError read = ErrorFromUnusableAnswer(Answer(200), Facts(Kind::kRead), "it is HTML");
  EXPECT_EQ(read.status.code(), Code::INTERNAL);
  EXPECT_EQ(ReasonOf(read), "UPSTREAM_BAD_RESPONSE");
  for (Kind kind : {Kind::kKeyed, Kind::kUnkeyed, Kind::kCreate}) {
    const GatewayError error = ErrorFromUnusableAnswer(Answer(202), Facts(kind), "it is HTML");
    EXPECT_EQ(error.status.code(), Code::UNKNOWN);
    EXPECT_EQ(ReasonOf(error), "OUTCOME_UNKNOWN");
    EXPECT_EQ(FactsOf(error)["accepted_likely"], "true");
    EXPECT_EQ(FactsOf(error)["http_status"], "202");
    EXPECT_EQ(error.pushback_ms, kDoNotRepeat);
    EXPECT_EQ(DetailOf<google::rpc::RequestInfo>(error).has_value(), kind != Kind::kCreate);
  }
}

TEST(OutcomeTest, NotFoundNamesTheKindNotTheIdentifier) {
  const auto resource = DetailOf<google::rpc::ResourceInfo>(Map(Answer(404), Facts(Kind::kKeyed)));
  ASSERT_TRUE(resource.has_value());
  EXPECT_EQ(resource->resource_type(), "chat_id");
  EXPECT_EQ(resource->resource_name(), "");
}

}  // namespace
}  // namespace blooio::gateway
