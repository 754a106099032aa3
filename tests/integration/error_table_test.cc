// Every HTTP status that the error table names, crossed with every kind of call
// and every shape of body: what the caller gets, and that the upstream was asked
// exactly once.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/integration/error_shapes.h"

namespace blooio::integration {
namespace {

using google::rpc::Code;
using testing::HasSubstr;

class ErrorTableTest : public StackTest<ErrorTableTest> {};

// What a row says for a kind of call and a shape of body.
struct Expected {
  Code code;
  std::string reason;
  bool repeat = false;
  bool quoted = true;
  bool tells_code = true;
  bool tells_key = false;
  bool resource = false;
};

using Rule = Expected (*)(const Kind&, const Shape&);

Expected MayHaveHappened(const Kind& kind, const Shape&) {
  if (!kind.repeatable) return {.code = Code::UNKNOWN, .reason = "OUTCOME_UNKNOWN", .tells_key = true};
  return {.code = Code::UNAVAILABLE, .reason = "UPSTREAM_UNAVAILABLE", .repeat = true, .tells_key = true};
}
Expected Invalid(const Kind&, const Shape&) { return {Code::INVALID_ARGUMENT, "UPSTREAM_INVALID_ARGUMENT"}; }
Expected Unexpected(const Kind&, const Shape&) { return {Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS"}; }
// A proxy of its own mind: a change may have got through all the same.
Expected Other5xx(const Kind& kind, const Shape& shape) {
  return kind.read ? Unexpected(kind, shape) : MayHaveHappened(kind, shape);
}
Expected Redirected(const Kind&, const Shape&) {
  return {.code = Code::INTERNAL, .reason = "UPSTREAM_REDIRECTED", .quoted = false, .tells_code = false};
}
Expected Missing404(const Kind& kind, const Shape& shape) {
  if (!kind.path_field.empty() && shape.json)
    return {.code = Code::NOT_FOUND, .reason = "UPSTREAM_NOT_FOUND", .resource = true};
  return {Code::INTERNAL, "UPSTREAM_ROUTE_MISSING"};
}
Expected Missing410(const Kind& kind, const Shape& shape) {
  if (!kind.path_field.empty() && shape.json)
    return {.code = Code::NOT_FOUND, .reason = "UPSTREAM_NOT_FOUND", .resource = true};
  return {Code::INTERNAL, "UPSTREAM_UNEXPECTED_STATUS"};
}
Expected TooMany(const Kind&, const Shape& shape) {
  if (shape.code.empty())
    return {.code = Code::RESOURCE_EXHAUSTED, .reason = "UPSTREAM_RATE_LIMITED", .repeat = true};
  return {Code::RESOURCE_EXHAUSTED, "UPSTREAM_QUOTA_EXHAUSTED"};
}

struct Row {
  int status;
  Rule rule;
};

constexpr Row kRows[] = {
    {400, Invalid},
    {401,
     [](const Kind&, const Shape&) {
       // It may repeat the key that it refuses.
       return Expected{.code = Code::INTERNAL,
                       .reason = "UPSTREAM_CREDENTIAL_REJECTED",
                       .quoted = false,
                       .tells_code = false};
     }},
    {402,
     [](const Kind&, const Shape&) {
       return Expected{Code::FAILED_PRECONDITION, "UPSTREAM_PAYMENT_REQUIRED"};
     }},
    {403,
     [](const Kind&, const Shape&) {
       return Expected{Code::FAILED_PRECONDITION, "UPSTREAM_FORBIDDEN"};
     }},
    {404, Missing404},
    {405, Unexpected},
    {406, Unexpected},
    {408, MayHaveHappened},
    {409,
     [](const Kind& kind, const Shape&) {
       return kind.create ? Expected{Code::ALREADY_EXISTS, "UPSTREAM_ALREADY_EXISTS"}
                          : Expected{Code::FAILED_PRECONDITION, "UPSTREAM_STATE_CONFLICT"};
     }},
    {410, Missing410},
    {411, Unexpected},
    {413, Invalid},
    {414, Unexpected},
    {415, Unexpected},
    {418, Unexpected},
    {422, Invalid},
    {429, TooMany},
    {431, Unexpected},
    {500, MayHaveHappened},
    {501,
     [](const Kind&, const Shape&) {
       return Expected{Code::UNIMPLEMENTED, "UPSTREAM_NOT_IMPLEMENTED"};
     }},
    {502, MayHaveHappened},
    {503, MayHaveHappened},
    {504, MayHaveHappened},
    {505, Other5xx},
    {599, Other5xx},
    {300, Redirected},
    {301, Redirected},
    {302, Redirected},
    {307, Redirected},
    {308, Redirected},
};

void Check(const Kind& kind, const Shape& shape, int status, const Expected& expected, const Result& result) {
  CheckSound(result);
  EXPECT_EQ(result.code, expected.code) << result;
  EXPECT_EQ(result.Reason(), expected.reason) << result;
  EXPECT_EQ(result.Fact("http_status"), std::to_string(status)) << result;
  EXPECT_EQ(result.Fact("attempts"), "1") << result;
  EXPECT_EQ(result.Trailer("blooio-upstream-status"), std::to_string(status)) << result;
  EXPECT_EQ(result.Trailer("blooio-attempts"), "1") << result;
  EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms") != "-1", expected.repeat) << result;
  const bool tells_code = expected.tells_code && shape.code != "*";
  EXPECT_EQ(result.Fact("upstream_code"), tells_code ? shape.code : "") << result;
  if (expected.quoted && !shape.quote.empty()) {
    EXPECT_THAT(result.message, HasSubstr(": " + shape.quote));
  } else {
    EXPECT_THAT(result.message, testing::Not(HasSubstr("It")));
  }
  EXPECT_LE(result.message.size(), 600u);
  if (expected.tells_key) {
    CheckKey(kind, result);
  } else {
    EXPECT_TRUE(result.All<google::rpc::RequestInfo>().empty()) << result;
  }
  const auto resources = result.All<google::rpc::ResourceInfo>();
  ASSERT_EQ(resources.size(), expected.resource ? 1u : 0u) << result;
  if (expected.resource) {
    EXPECT_EQ(resources[0].resource_type(), kind.path_field);
    EXPECT_TRUE(resources[0].resource_name().empty());
  }
}

// Requests but for the gateway's own question whether its key is accepted.
int64_t Calls(const SandboxServer& sandbox) {
  const std::vector<Recorded> requests = sandbox.Requests();
  return std::count_if(requests.begin(), requests.end(),
                       [](const Recorded& request) { return request.target != "/v4/me"; });
}

// After a 401: a success ends the suspicion, so that no later probe meets a fault that
// is meant for a call.
void Reassure(const Caller& caller) {
  google::protobuf::Empty reply;
  EXPECT_EQ(caller.Call(v4::ListGroupsRequest(), &reply).code, Code::OK);
}

TEST_F(ErrorTableTest, EveryStatusInEveryShape) {
  const std::vector<Kind> kinds = Kinds();
  const std::vector<Shape> shapes = Shapes();
  size_t turn = 0;
  for (const Row& row : kRows) {
    for (const Shape& shape : shapes) {
      // All shapes with one kind each in turn would miss pairs; all kinds with
      // the large bodies would take minutes.
      const bool large = shape.name.starts_with("10 MB");
      for (size_t i = 0; i < kinds.size(); ++i) {
        if (large && i != turn % kinds.size()) continue;
        const Kind kind = Fresh(kinds[i]);
        SCOPED_TRACE(testing::Message() << row.status << ", " << shape.name << ", " << kind.name);
        sandbox().Reset();
        Json fault = shape.body;
        fault["status"] = row.status;
        // Retry-After: so that a 429 does not close the account for those that follow.
        fault["headers"] = {{"Location", "http://" + sandbox().address() + "/v4/groups"},
                            {"Retry-After", "0"}};
        sandbox().Break(fault);
        google::protobuf::Empty reply;
        Check(kind, shape, row.status, row.rule(kind, shape), caller().Call(*kind.request, &reply));
        EXPECT_EQ(Calls(sandbox()), 1);
        if (row.status == 401) Reassure(caller());
        if (HasFailure()) return;
      }
      ++turn;
    }
  }
}

TEST_F(ErrorTableTest, RetryAfterIsForecast) {
  struct Wait {
    std::string header;
    int64_t least;
    int64_t most;
  };
  const Wait waits[] = {{"2", 2000, 2400},
                        {"0", 50, 50},
                        {"100000", 600000, 600000},
                        {" 3 ", 3000, 3600},
                        {"-5", 1000, 1200},
                        {"soon", 1000, 1200},
                        {"1e3", 1000, 1200},
                        {"99999999999999999999", 600000, 600000},
                        {"Wed, 21 Oct 2015 07:28:00 GMT", 1000, 1200},
                        {"Wed, 21 Oct 2099 07:28:00 GMT", 600000, 600000}};
  const std::vector<Kind> kinds = Kinds();
  const auto check = [&](int status, const Wait& wait) {
    SCOPED_TRACE(wait.header);
    sandbox().Break({{"status", status}, {"headers", {{"Retry-After", wait.header}}}});
    google::protobuf::Empty reply;
    const Result result = caller().Call(*kinds[0].request, &reply);
    CheckSound(result);
    EXPECT_GE(std::stoll(result.Trailer("grpc-retry-pushback-ms")), wait.least) << result;
    EXPECT_LE(std::stoll(result.Trailer("grpc-retry-pushback-ms")), wait.most) << result;
  };
  for (const Wait& wait : waits) check(503, wait);
  // Any other would close the account for those that follow.
  check(429, waits[1]);
}

TEST_F(ErrorTableTest, WhatAnOperatorHasToMendIsAnAlarm) {
  google::protobuf::Empty reply;
  sandbox().Break({{"status", 401}});
  caller().Call(v4::ListGroupsRequest(), &reply);
  EXPECT_TRUE(gateway().process().WaitForError(
      R"("level":"error","event":"call","caller":"anonymous","account":"main","method":"blooio.v4.GroupsService/ListGroups")",
      absl::Seconds(10)));
  Reassure(caller());
}

// The sandbox's own refusals, not scripted ones.
TEST_F(ErrorTableTest, TheSandboxsOwnErrors) {
  struct Own {
    std::string request;
    bool v2;
    Code code;
    std::string reason;
    std::string upstream_code;
  };
  const auto v2 = [](const std::string& number) {
    return R"(chat_id { phone_number: ")" + number + R"(" } text: "hi")";
  };
  const auto v4 = [](const std::string& chat) {
    return R"(chat_id: ")" + chat + R"(" content { text { text: "hi" } })";
  };
  const Own rows[] = {
      {v2("+15550000400"), true, Code::INVALID_ARGUMENT, "UPSTREAM_INVALID_ARGUMENT",
       "attachment_first_message_not_allowed"},
      {v2("+15550000402"), true, Code::FAILED_PRECONDITION, "UPSTREAM_PAYMENT_REQUIRED", ""},
      {v2("+15550000403"), true, Code::FAILED_PRECONDITION, "UPSTREAM_FORBIDDEN",
       "inbound_only_no_prior_inbound"},
      {v2("+15550000429"), true, Code::RESOURCE_EXHAUSTED, "UPSTREAM_QUOTA_EXHAUSTED",
       "outbound_limit_reached"},
      {v2("+15550000503"), true, Code::UNKNOWN, "OUTCOME_UNKNOWN", ""},
      {v4("chat_unknown"), false, Code::NOT_FOUND, "UPSTREAM_NOT_FOUND", "not_found"},
      {v4("chat_closed_1"), false, Code::FAILED_PRECONDITION, "UPSTREAM_STATE_CONFLICT", "chat_closed"},
      {v4("chat_inactive_1"), false, Code::FAILED_PRECONDITION, "UPSTREAM_STATE_CONFLICT",
       "channel_not_active"},
      {v4("chat_unbuilt_1"), false, Code::UNIMPLEMENTED, "UPSTREAM_NOT_IMPLEMENTED", "not_implemented"},
  };
  for (const Own& row : rows) {
    SCOPED_TRACE(row.request);
    google::protobuf::Empty reply;
    const Result result = row.v2 ? caller().Call(Parse<v2::SendMessageRequest>(row.request), &reply)
                                 : caller().Call(Parse<v4::SendChatMessageRequest>(row.request), &reply);
    CheckSound(result);
    EXPECT_EQ(result.code, row.code) << result;
    EXPECT_EQ(result.Reason(), row.reason) << result;
    EXPECT_EQ(result.Fact("upstream_code"), row.upstream_code) << result;
  }
}

}  // namespace
}  // namespace blooio::integration
