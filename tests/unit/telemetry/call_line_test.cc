#include "service/telemetry/call_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "google/rpc/code.pb.h"
#include "service/telemetry/call_metrics.h"

namespace blooio::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

constexpr std::string_view kTraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class CallLineTest : public ::testing::Test {
 protected:
  std::string Line(const CallRecord& record, LogFormat format = LogFormat::kJson) {
    return std::string(CallLine(record, hash_, format, absl::FromUnixMillis(1'795'262'462'345)));
  }

  Metrics metrics_;
  CallMetrics calls_{metrics_};
  const RecipientHash hash_{SecretString(std::string(20, '\x0b'))};
  const MethodMeter& send_ = calls_.Method("blooio.v2.MessagesService/SendMessage");
  const std::shared_ptr<CallerMeter> billing_ = calls_.Caller("billing");
  const std::shared_ptr<AccountMeter> main_ = calls_.Account("main");
  const std::vector<AttemptKind> attempts_ = {AttemptKind::k4xx, AttemptKind::k2xx};
  const std::vector<std::string_view> ids_ = {"msg_1-a"};
  const std::vector<std::string_view> recipients_ = {"Hi There"};
  const CallRecord whole_ = {.method = &send_,
                             .caller = billing_.get(),
                             .account = main_.get(),
                             .http_status = 202,
                             .attempts = attempts_,
                             .queued = absl::Microseconds(15),
                             .upstream = absl::Microseconds(11222),
                             .total = absl::Microseconds(12345),
                             .request_bytes = 120,
                             .reply_bytes = 60,
                             .trace_parent = kTraceParent,
                             .result_ids = ids_,
                             .recipients = recipients_,
                             .credential = "token"};
};

TEST_F(CallLineTest, TellsOfACall) {
  EXPECT_EQ(
      Line(whole_),
      R"({"time":"2026-11-21T12:01:02.345Z","level":"info","event":"call","caller":"billing",)"
      R"("account":"main","method":"blooio.v2.MessagesService/SendMessage","code":"OK","http_status":202,)"
      R"("attempts":2,"queue_ms":0.015,"upstream_ms":11.222,"total_ms":12.345,"request_bytes":120,)"
      R"("reply_bytes":60,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","message_id":"msg_1-a",)"
      R"("recipients":["b0344c61"],"recipient_count":1,"credential":"token"})");
  EXPECT_EQ(
      Line(whole_, LogFormat::kText),
      "12:01:02.345 info    call billing main blooio.v2.MessagesService/SendMessage OK http_status=202 "
      "attempts=2 queue_ms=0.015 upstream_ms=11.222 total_ms=12.345 request_bytes=120 reply_bytes=60 "
      "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 message_id=msg_1-a recipients=b0344c61 recipient_count=1 "
      "credential=token");
}

TEST_F(CallLineTest, LeavesOutWhatIsAbsent) {
  const CallRecord record = {.method = &send_,
                             .code = google::rpc::UNAUTHENTICATED,
                             .reason = v1::ERROR_REASON_CALLER_UNAUTHENTICATED,
                             .total = absl::Microseconds(7),
                             .request_bytes = 3,
                             .trace_parent = "00-none",
                             .identity_failure = "unknown_token"};
  EXPECT_EQ(Line(record),
            R"({"time":"2026-11-21T12:01:02.345Z","level":"info","event":"call",)"
            R"("method":"blooio.v2.MessagesService/SendMessage","code":"UNAUTHENTICATED",)"
            R"("reason":"CALLER_UNAUTHENTICATED","attempts":0,"total_ms":0.007,"request_bytes":3,)"
            R"("cause":"unknown_token"})");
}

TEST_F(CallLineTest, IsAnAlarmForAnOperator) {
  CallRecord record = whole_;
  record.alarm = true;
  record.code = google::rpc::INTERNAL;
  record.reason = v1::ERROR_REASON_UPSTREAM_CREDENTIAL_REJECTED;
  const Json line = Json::parse(Line(record));
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["event"], "call");
  EXPECT_EQ(line["reason"], "UPSTREAM_CREDENTIAL_REJECTED");
  EXPECT_EQ(LevelOf(record), LogLevel::kError);
  EXPECT_EQ(LevelOf(whole_), LogLevel::kInfo);
}

TEST_F(CallLineTest, SaysWhatShadowModeLetPass) {
  CallRecord record = whole_;
  record.rule = "recipients";
  EXPECT_EQ(Json::parse(Line(record))["rule"], "recipients");
  EXPECT_FALSE(Json::parse(Line(record)).contains("shadow"));
  record.shadow = true;
  EXPECT_EQ(Json::parse(Line(record))["rule"], "recipients");
  EXPECT_EQ(Json::parse(Line(record))["shadow"], true);
  EXPECT_THAT(Line(record, LogFormat::kText), ::testing::EndsWith(" rule=recipients shadow=true"));
}

TEST_F(CallLineTest, NamesTheLimitThatItRanInto) {
  constexpr std::array<std::string_view, 1> kShadowed = {"caller"};
  CallRecord record = whole_;
  record.limit = "account";
  record.shortage = "in_flight";
  record.shadowed_limits = kShadowed;
  const Json line = Json::parse(Line(record));
  EXPECT_EQ(line["limit"], "account");
  EXPECT_EQ(line["shortage"], "in_flight");
  EXPECT_EQ(line["shadow_limit"], "caller");
  EXPECT_FALSE(Json::parse(Line(whole_)).contains("limit"));
}

TEST_F(CallLineTest, SaysHowLongACallWaitedThatWasNeverSent) {
  CallRecord record = whole_;
  record.attempts = {};
  record.queued = absl::Milliseconds(250);
  EXPECT_EQ(Json::parse(Line(record))["queue_ms"], 250);
  EXPECT_FALSE(Json::parse(Line(record)).contains("upstream_ms"));
}

TEST_F(CallLineTest, ListsEightRecipientsAndCountsAll) {
  const std::vector<std::string_view> many(20, "Hi There");
  CallRecord record = whole_;
  record.recipients = many;
  const Json line = Json::parse(Line(record));
  EXPECT_EQ(line["recipients"].size(), kMostListed);
  EXPECT_EQ(line["recipient_count"], 20);
}

struct IdCase {
  std::vector<std::string_view> ids;
  const char* message_id;
  const char* message_ids;
};

TEST_F(CallLineTest, TellsIdsThatLookLikeOnes) {
  const std::string long_id(65, 'a');
  const std::vector<IdCase> cases = {
      {{"3f2b8c1e-5a4d-4e6f-9b0a-1c2d3e4f5a6b"}, R"("3f2b8c1e-5a4d-4e6f-9b0a-1c2d3e4f5a6b")", "null"},
      {{"a", "b"}, R"("a")", R"(["a","b"])"},
      {{"+15551234567", "b"}, R"("b")", "null"},
      {{"15551234567"}, "null", "null"},
      {{"chat_15551234567", "grp_5551234-x", "a1234567"}, "null", "null"},
      {{"chat_123456-123456"}, R"("chat_123456-123456")", "null"},
      {{"msg_15551234567"}, R"("msg_15551234567")", "null"},
      {{"ada@example.org"}, "null", "null"},
      {{"two words"}, "null", "null"},
      {{"esc\x1b[0m"}, "null", "null"},
      {{long_id}, "null", "null"},
      {{""}, "null", "null"},
      {std::vector<std::string_view>(9, "x"), R"("x")", R"(["x","x","x","x","x","x","x","x"])"},
  };
  for (const IdCase& one : cases) {
    CallRecord record = whole_;
    record.result_ids = one.ids;
    const Json line = Json::parse(Line(record));
    EXPECT_EQ(line.value("message_id", Json()).dump(), one.message_id);
    EXPECT_EQ(line.value("message_ids", Json()).dump(), one.message_ids);
  }
}

TEST_F(CallLineTest, HoldsNoRecipient) {
  const std::vector<std::string_view> people = {"+15557778881", "ada@example.org"};
  CallRecord record = whole_;
  record.recipients = people;
  for (const LogFormat format : {LogFormat::kJson, LogFormat::kText}) {
    EXPECT_THAT(Line(record, format), Not(HasSubstr("5557778881")));
    EXPECT_THAT(Line(record, format), Not(HasSubstr("ada")));
  }
}

}  // namespace
}  // namespace blooio::gateway
