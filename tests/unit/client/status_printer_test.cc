#include "client/blooioctl/status_printer.h"

#include <gtest/gtest.h>

#include <sstream>

#include "client/blooioctl/terminal_text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace blooio::client {
namespace {

template <typename... Details>
std::string Pack(const Details&... details) {
  google::rpc::Status status;
  (status.add_details()->PackFrom(details), ...);
  return status.SerializeAsString();
}

google::rpc::ErrorInfo Info() {
  google::rpc::ErrorInfo info;
  info.set_reason("UPSTREAM_NOT_FOUND");
  info.set_domain("blooio-gateway");
  (*info.mutable_metadata())["http_status"] = "404";
  (*info.mutable_metadata())["attempts"] = "1";
  return info;
}

google::rpc::BadRequest Bad() {
  google::rpc::BadRequest bad;
  auto* one = bad.add_field_violations();
  one->set_field("members[1].object.identifier");
  one->set_description("is no phone number");
  auto* two = bad.add_field_violations();
  two->set_field("name");
  two->set_description("is required");
  return bad;
}

google::rpc::RetryInfo Retry() {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  return retry;
}

google::rpc::RequestInfo RequestKey() {
  google::rpc::RequestInfo request;
  request.set_request_id("key-1");
  return request;
}

google::rpc::QuotaFailure Quota() {
  google::rpc::QuotaFailure quota;
  auto* violation = quota.add_violations();
  violation->set_subject("account:main");
  violation->set_description("50 requests per second");
  return quota;
}

google::rpc::ResourceInfo Resource() {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type("group");
  resource.set_resource_name("grp_1");
  return resource;
}

google::rpc::ErrorInfo HostileInfo() {
  google::rpc::ErrorInfo info;
  info.set_reason("\x1b[31mRED");
  info.set_domain("d\r");
  (*info.mutable_metadata())["k\n"] = "\xe2\x80\xae";
  return info;
}

google::rpc::Help UnknownDetail() {
  google::rpc::Help help;
  help.add_links()->set_url("x");
  return help;
}

struct Printing {
  Outcome outcome;
  std::string text;
};

class PrintFailureTest : public testing::TestWithParam<Printing> {};

TEST_P(PrintFailureTest, ShowsEverything) {
  std::ostringstream out;
  PrintFailure(GetParam().outcome, out);
  EXPECT_EQ(out.str(), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Outcomes, PrintFailureTest,
    testing::Values(
        Printing{{4, "too late", "", {}}, "DEADLINE_EXCEEDED: too late\n"},
        Printing{{99, "?", "", {}}, "CODE_99: ?\n"},
        Printing{{5,
                  "no such group",
                  Pack(Info(), Resource()),
                  {{"blooio-attempts", "1"},
                   {"blooio-upstream-status", "404"},
                   {"grpc-retry-pushback-ms", "-1"},
                   {"other", "x"}}},
                 "NOT_FOUND: no such group\n"
                 "  reason: UPSTREAM_NOT_FOUND (blooio-gateway)\n"
                 "    attempts: 1\n"
                 "    http_status: 404\n"
                 "  resource: group grp_1\n"
                 "  grpc-retry-pushback-ms: -1 (do not repeat)\n"
                 "  blooio-upstream-status: 404\n"
                 "  blooio-attempts: 1\n"},
        Printing{{3, "bad", Pack(Bad()), {}},
                 "INVALID_ARGUMENT: bad\n"
                 "  violation: members[1].object.identifier: is no phone number\n"
                 "  violation: name: is required\n"},
        Printing{{8, "slow down", Pack(Retry(), Quota()), {{"grpc-retry-pushback-ms", "1500"}}},
                 "RESOURCE_EXHAUSTED: slow down\n"
                 "  repeat after: 1.5s\n"
                 "  quota: account:main: 50 requests per second\n"
                 "  grpc-retry-pushback-ms: 1500\n"},
        Printing{{2, "who knows", Pack(RequestKey()), {}}, "UNKNOWN: who knows\n  request: key-1\n"},
        Printing{{13, "odd", Pack(UnknownDetail()), {}},
                 "INTERNAL: odd\n  detail: type.googleapis.com/google.rpc.Help, 5 bytes\n"},
        Printing{{13, "torn", "\xff\xff", {}}, "INTERNAL: torn\n  details that cannot be read, 2 bytes\n"},
        Printing{{13,
                  "a\nOK: b\x1b]0;t\x07",
                  Pack(HostileInfo()),
                  {{"blooio-attempts",
                    "\x9b"
                    "2J"}}},
                 "INTERNAL: a\\nOK: b\\u001b]0;t\\u0007\n"
                 "  reason: \\u001b[31mRED (d\\r)\n"
                 "    k\\n: \\u202e\n"
                 "  blooio-attempts: \\x9b2J\n"}));

TEST(PrintTrailersTest, ShowsWhatConcernsTheUpstream) {
  std::ostringstream out;
  PrintTrailers({0, "", "", {{"blooio-attempts", "2"}, {"blooio-upstream-status", "201"}, {"date", "x"}}},
                out);
  EXPECT_EQ(out.str(), "blooio-upstream-status: 201\nblooio-attempts: 2\n");
}

TEST(TerminalTextTest, EscapesWhatActsAndKeepsWhatSpeaks) {
  const std::pair<std::string, std::string> kCases[] = {
      {"plain, {}\"\\", "plain, {}\"\\"},
      {"gr\u00fc\u00df \u4f60\u597d \U0001f600", "gr\u00fc\u00df \u4f60\u597d \U0001f600"},
      {std::string("a\0b", 3), "a\\u0000b"},
      {"\t\r\n\x7f", "\\t\\r\\n\\u007f"},
      {"\u009b31m", "\\u009b31m"},
      {"\u200e\u2028\u2066\u061c", "\\u200e\\u2028\\u2066\\u061c"},
      {"\xc0\xaf", "\\xc0\\xaf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xe4\xbd", "\\xe4\\xbd"},
  };
  for (const auto& [text, escaped] : kCases) EXPECT_EQ(EscapeForTerminal(text), escaped);
  EXPECT_EQ(EscapeLinesForTerminal("a\n\x1b\r\n"), "a\n\\u001b\\r\n");
}

}  // namespace
}  // namespace blooio::client
