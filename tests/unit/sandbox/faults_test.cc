#include "tests/sandbox/faults.h"

#include <gtest/gtest.h>

#include "tests/unit/sandbox/test_request.h"

namespace blooio::sandbox {
namespace {

constexpr char kFaults[] = "/__sandbox/faults";
constexpr char kSend[] = "/v4/chats/chat_demo_1/messages";
constexpr char kText[] = R"({"content":{"type":"text","text":"hello"}})";

TEST(FaultsTest, AppliesToTheNextMatchingRequestsInOrder) {
  Caller caller;
  caller.Post(kFaults,
              R"({"match":{"verb":"POST","target_prefix":"/v4/"},"count":2,"fault":{"status":503}})");
  caller.Post(kFaults, R"({"fault":{"status":429,"headers":{"Retry-After":"2"},"body":"slow"}})");
  EXPECT_EQ(caller.Post(kSend, kText).status, 503);
  const HttpResponse other = caller.Get("/v4/groups");
  EXPECT_EQ(other.status, 429) << "the first rule does not match";
  EXPECT_EQ(HeaderValues(other.headers, "retry-after").size(), 1u);
  EXPECT_EQ(other.body, "slow");
  EXPECT_EQ(Parsed(caller.Get(kFaults))["faults"][0]["count"], 1);
  EXPECT_EQ(caller.Post(kSend, kText).status, 503);
  EXPECT_EQ(caller.Post(kSend, kText).status, 201);
  EXPECT_EQ(caller.Count("messages"), 1);
}

TEST(FaultsTest, SkipLetsRequestsPassFirst) {
  Caller caller;
  caller.Post(kFaults, R"({"skip":1,"fault":{"status":500}})");
  EXPECT_EQ(caller.Get("/v4/groups").status, 200);
  EXPECT_EQ(caller.Get("/v4/groups").status, 500);
}

TEST(FaultsTest, ExecutionAndDelivery) {
  struct Case {
    const char* fault;
    int messages;
    int status;
    Cut cut;
    bool reset;
    bool hang;
  };
  for (const Case& c : {
           Case{R"({"status":503})", 0, 503, Cut::kNone, false, false},
           Case{R"({"status":503,"execute":true})", 1, 503, Cut::kNone, false, false},
           Case{R"({"delay_before_ms":7})", 1, 201, Cut::kNone, false, false},
           Case{R"({"delay_middle_ms":7})", 1, 201, Cut::kNone, false, false},
           Case{R"({"close":"before"})", 0, 200, Cut::kBefore, false, false},
           Case{R"({"close":"before","execute":true})", 1, 201, Cut::kBefore, false, false},
           Case{R"({"close":"middle"})", 0, 200, Cut::kMiddle, false, false},
           Case{R"({"close":"middle","execute":true,"reset":true})", 1, 201, Cut::kMiddle, true, false},
           Case{R"({"close":"headers","status":500})", 0, 500, Cut::kHeaders, false, false},
           Case{R"({"reset":true})", 0, 200, Cut::kBefore, true, false},
           Case{R"({"hang":true})", 0, 200, Cut::kNone, false, true},
           Case{R"({"hang":true,"execute":true})", 1, 201, Cut::kNone, false, true},
       }) {
    Caller caller;
    ASSERT_EQ(caller.Post(kFaults, std::string(R"({"fault":)") + c.fault + "}").status, 201) << c.fault;
    const Answer answer = caller.Handle(MakeRequest("POST", kSend, kText));
    EXPECT_EQ(caller.Count("messages"), c.messages) << c.fault;
    EXPECT_EQ(answer.response.status, c.status) << c.fault;
    EXPECT_EQ(answer.delivery.cut, c.cut) << c.fault;
    EXPECT_EQ(answer.delivery.reset, c.reset) << c.fault;
    EXPECT_EQ(answer.delivery.hang, c.hang) << c.fault;
  }
}

TEST(FaultsTest, Bodies) {
  Caller caller;
  caller.Post(kFaults, R"({"fault":{"status":200,"body_base64":"//79"}})");
  EXPECT_EQ(caller.Get("/v4/groups").body, "\xff\xfe\xfd");
  caller.Post(kFaults, R"({"fault":{"status":200,"body_repeat":{"text":"ab","times":3}}})");
  EXPECT_EQ(caller.Get("/v4/groups").body, "ababab");
}

TEST(FaultsTest, RefusesRulesThatMeanNothing) {
  for (const char* rule : {"",
                           "[]",
                           "{}",
                           R"({"fault":{}})",
                           R"({"fault":{"status":100}})",
                           R"({"fault":{"status":"503"}})",
                           R"({"fault":{"state":503}})",
                           R"({"fault":{"body":"x"}})",
                           R"({"fault":{"close":"after"}})",
                           R"({"fault":{"hang":true,"close":"before"}})",
                           R"({"fault":{"hang":true,"reset":true}})",
                           R"({"fault":{"status":204,"body":"x"}})",
                           R"({"fault":{"delay_before_ms":-1}})",
                           R"({"fault":{"delay_before_ms":1,"execute":false}})",
                           R"({"fault":{"status":200,"headers":{"A":"b\r\nc"}}})",
                           R"({"fault":{"status":200,"headers":{"Content-Length":"1"}}})",
                           R"({"fault":{"status":200,"body":"x","body_base64":"eA=="}})",
                           R"({"fault":{"status":200,"body_base64":"?"}})",
                           R"({"fault":{"status":200,"body_repeat":{"text":"x","times":1000000000000}}})",
                           R"({"count":0,"fault":{"status":500}})",
                           R"({"match":{"path":"/"},"fault":{"status":500}})"}) {
    Caller caller;
    EXPECT_EQ(caller.Post(kFaults, rule).status, 400) << rule;
    EXPECT_TRUE(Parsed(caller.Get(kFaults))["faults"].empty()) << rule;
  }
}

TEST(FaultsTest, ClearAndControlIsNeverFaulted) {
  Caller caller;
  caller.Post(kFaults, R"({"count":9,"fault":{"status":500}})");
  EXPECT_EQ(caller.Get(kFaults).status, 200);
  EXPECT_EQ(caller.Handle(MakeRequest("DELETE", kFaults)).response.status, 200);
  EXPECT_EQ(caller.Get("/v4/groups").status, 200);
}

}  // namespace
}  // namespace blooio::sandbox
