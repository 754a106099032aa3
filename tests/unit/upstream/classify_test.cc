#include "service/upstream/classify.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

struct Case {
  const char* name;
  Evidence evidence;
  Verdict verdict;
};

// Columns of the evidence: code, cancelled, deadline passed, begun, status, refused.
constexpr bool kNo = false;
constexpr bool kYes = true;
const Case kCases[] = {
    {"answer", {CURLE_OK, kNo, kNo, kYes, 200}, {AttemptEnd::kAnswered, Phase::kSent}},
    {"answer just in time", {CURLE_OK, kNo, kYes, kYes, 503}, {AttemptEnd::kAnswered, Phase::kSent}},
    {"closed without an answer", {CURLE_OK, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"empty answer", {CURLE_GOT_NOTHING, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},

    {"body broke off",
     {CURLE_PARTIAL_FILE, kNo, kNo, kYes, 200},
     {AttemptEnd::kAnswered, Phase::kSent, kYes}},
    {"body reset", {CURLE_RECV_ERROR, kNo, kYes, kYes, 200}, {AttemptEnd::kAnswered, Phase::kSent, kYes}},
    {"body over the cap",
     {CURLE_WRITE_ERROR, kNo, kNo, kYes, 200},
     {AttemptEnd::kAnswered, Phase::kSent, kYes}},
    {"body too slow",
     {CURLE_OPERATION_TIMEDOUT, kNo, kNo, kYes, 200},
     {AttemptEnd::kAnswered, Phase::kSent, kYes}},
    {"deadline within body",
     {CURLE_OPERATION_TIMEDOUT, kNo, kYes, kYes, 200},
     {AttemptEnd::kDeadline, Phase::kSent}},
    {"headers too large", {CURLE_WRITE_ERROR, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},

    {"unknown name", {CURLE_COULDNT_RESOLVE_HOST}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"unknown proxy", {CURLE_COULDNT_RESOLVE_PROXY}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"proxy failed", {CURLE_PROXY}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"refused", {CURLE_COULDNT_CONNECT}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"connect timeout", {CURLE_OPERATION_TIMEDOUT}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"handshake failed", {CURLE_SSL_CONNECT_ERROR}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"no room in the multi handle", {CURLE_FAILED_INIT}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"connection spoiled twice", {CURLE_ABORTED_BY_CALLBACK}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"lost before the request", {CURLE_SEND_ERROR}, {AttemptEnd::kNotSent, Phase::kConnect}},
    {"deadline while connecting",
     {CURLE_OPERATION_TIMEDOUT, kNo, kYes},
     {AttemptEnd::kDeadline, Phase::kConnect}},
    {"refused after the deadline",
     {CURLE_COULDNT_CONNECT, kNo, kYes},
     {AttemptEnd::kNotSent, Phase::kConnect}},

    {"unknown scheme", {CURLE_UNSUPPORTED_PROTOCOL}, {AttemptEnd::kUnsendable, Phase::kConnect}},
    {"too large", {CURLE_OUT_OF_MEMORY}, {AttemptEnd::kUnsendable, Phase::kConnect}},
    {"bad argument", {CURLE_BAD_FUNCTION_ARGUMENT}, {AttemptEnd::kUnsendable, Phase::kConnect}},
    {"bad URL", {CURLE_URL_MALFORMAT}, {AttemptEnd::kUnsendable, Phase::kConnect}},
    {"password in the URL", {CURLE_LOGIN_DENIED}, {AttemptEnd::kUnsendable, Phase::kConnect}},
    {"no such option", {CURLE_UNKNOWN_OPTION}, {AttemptEnd::kUnsendable, Phase::kConnect}},
    {"out of memory too late", {CURLE_OUT_OF_MEMORY, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"cancelled although unsendable", {CURLE_URL_MALFORMAT, kYes}, {AttemptEnd::kCancelled, Phase::kConnect}},

    {"untrusted", {CURLE_PEER_FAILED_VERIFICATION}, {AttemptEnd::kTlsUntrusted, Phase::kConnect}},
    {"bad authorities", {CURLE_SSL_CACERT_BADFILE}, {AttemptEnd::kTlsUntrusted, Phase::kConnect}},
    {"bad issuer", {CURLE_SSL_ISSUER_ERROR}, {AttemptEnd::kTlsUntrusted, Phase::kConnect}},
    // Whatever the code says, what was begun may have happened.
    {"untrusted too late",
     {CURLE_PEER_FAILED_VERIFICATION, kNo, kNo, kYes, 0},
     {AttemptEnd::kLost, Phase::kSent}},
    {"reconnect failed", {CURLE_COULDNT_CONNECT, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},

    {"sending failed", {CURLE_SEND_ERROR, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"reset", {CURLE_RECV_ERROR, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"repetition refused", {CURLE_ABORTED_BY_CALLBACK, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"stream refused",
     {CURLE_ABORTED_BY_CALLBACK, kNo, kNo, kYes, 0, kYes},
     {AttemptEnd::kNotSent, Phase::kConnect}},
    {"refused after the deadline",
     {CURLE_ABORTED_BY_CALLBACK, kNo, kYes, kYes, 0, kYes},
     {AttemptEnd::kNotSent, Phase::kConnect}},
    {"cancelled although refused",
     {CURLE_ABORTED_BY_CALLBACK, kYes, kNo, kYes, 0, kYes},
     {AttemptEnd::kCancelled, Phase::kConnect}},
    {"framing", {CURLE_HTTP2, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"stream", {CURLE_HTTP2_STREAM, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"attempt too slow", {CURLE_OPERATION_TIMEDOUT, kNo, kNo, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},
    {"deadline", {CURLE_OPERATION_TIMEDOUT, kNo, kYes, kYes, 0}, {AttemptEnd::kDeadline, Phase::kSent}},
    {"lost after the deadline", {CURLE_RECV_ERROR, kNo, kYes, kYes, 0}, {AttemptEnd::kLost, Phase::kSent}},

    {"cancelled connecting", {CURLE_OK, kYes}, {AttemptEnd::kCancelled, Phase::kConnect}},
    {"cancelled", {CURLE_OK, kYes, kYes, kYes, 0}, {AttemptEnd::kCancelled, Phase::kSent}},
    {"cancelled within body", {CURLE_OK, kYes, kNo, kYes, 200}, {AttemptEnd::kCancelled, Phase::kSent}},
};

TEST(Classify, Table) {
  for (const Case& row : kCases) EXPECT_EQ(Classify(row.evidence), row.verdict) << row.name;
}

TEST(Classify, OnlyCompleteAnswersNeedNoDescription) {
  for (const Case& row : kCases) {
    const std::string text = Describe(row.evidence, row.verdict, 0);
    const bool complete = row.verdict.end == AttemptEnd::kAnswered && !row.verdict.body_incomplete;
    EXPECT_EQ(text.empty(), complete) << row.name;
    EXPECT_LT(text.size(), 100u) << text;
  }
}

TEST(Classify, DescriptionNamesTheOsError) {
  const Evidence refused{CURLE_COULDNT_CONNECT};
  EXPECT_EQ(Describe(refused, Classify(refused), ECONNREFUSED),
            "connect: Couldn't connect to server (Connection refused)");
}

}  // namespace
}  // namespace blooio::gateway
