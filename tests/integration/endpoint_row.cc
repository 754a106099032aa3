#include "tests/integration/endpoint_row.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "service/ledger/operation.h"

namespace blooio::integration {
namespace {

constexpr size_t kIdCharacters = 20;
constexpr size_t kTimeDigits = 13;

// Replaces every `before` + run of characters of a kind + `after` by `before` +
// "#" + `after`, where the run is `length` long, or of any length for 0.
template <class IsOfKind>
std::string Blank(const std::string& text, const std::string& before, size_t length, const std::string& after,
                  IsOfKind is_of_kind) {
  std::string plain;
  size_t copied = 0;
  for (size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    const size_t begin = at + before.size();
    size_t end = begin;
    while (end < text.size() && is_of_kind(text[end])) ++end;
    if ((length > 0 && end - begin != length) || text.compare(end, after.size(), after) != 0) continue;
    plain.append(text, copied, begin - copied).append("#");
    copied = end;
  }
  return plain.append(text, copied);
}

// The message on one line, with random ids and times as "#".
std::string Plain(const google::protobuf::Message& message) {
  const auto is_id = [](char c) { return absl::ascii_isalnum(c); };
  const auto is_digit = [](char c) { return absl::ascii_isdigit(c); };
  std::string text = message.ShortDebugString();
  text = Blank(text, "_", kIdCharacters, "\"", is_id);
  text = Blank(text, "iMessage;+;chat", 0, "\"", is_id);
  return Blank(text, ": ", kTimeDigits, "", is_digit);
}

bool IsKeyDigest(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Every header of a request that the gateway sent to `sandbox`, sorted.
Headers ExpectedHeaders(const SandboxServer& sandbox, const EndpointRow& row) {
  Headers expected = row.headers;
  expected.emplace_back("Host", sandbox.address());
  expected.emplace_back("User-Agent", "blooio-gateway/" BLOOIO_VERSION);
  expected.emplace_back("Accept", "application/json");
  expected.emplace_back("Authorization", sandbox.KeyFingerprint());
  if (row.verb == "POST") {
    expected.emplace_back("Content-Type", "application/json");
    expected.emplace_back("Content-Length", std::to_string(row.body.size()));
  }
  std::sort(expected.begin(), expected.end());
  return expected;
}

// The headers that came, sorted, with "*" for digests where the row says so.
Headers FoundHeaders(const Recorded& sent, const EndpointRow& row) {
  Headers headers = sent.headers;
  for (auto& [name, value] : headers) {
    const std::pair<std::string, std::string> any = {name, "*"};
    const bool minted = std::find(row.headers.begin(), row.headers.end(), any) != row.headers.end();
    if (minted && IsKeyDigest(value)) value = "*";
  }
  std::sort(headers.begin(), headers.end());
  return headers;
}

}  // namespace

std::string DerivedKey(const std::string& method, const std::string& key) {
  return gateway::UpstreamKey(gateway::IdOfOperation("anonymous", "main", method, key));
}

void CheckEndpoint(const EndpointRow& row, const SandboxServer& sandbox, const Caller& caller,
                   google::protobuf::Message* reply) {
  SCOPED_TRACE(row.name);
  const size_t before = sandbox.Requests().size();
  const Result result = caller.Call(*row.request, reply, {.metadata = {{"x-caller-header", "stays-here"}}});
  EXPECT_EQ(result.code, google::rpc::OK) << result;
  EXPECT_EQ(result.Trailer("blooio-upstream-status"), std::to_string(row.status)) << result;
  EXPECT_EQ(result.Trailer("blooio-attempts"), "1") << result;
  EXPECT_TRUE(result.Trailer("grpc-retry-pushback-ms").empty()) << result;
  EXPECT_EQ(Plain(*reply), row.reply);

  const std::vector<Recorded> requests = sandbox.Requests();
  ASSERT_EQ(requests.size(), before + 1);
  const Recorded& sent = requests.back();
  EXPECT_EQ(sent.verb, row.verb);
  EXPECT_EQ(sent.target, row.target);
  EXPECT_EQ(sent.body, row.body);
  EXPECT_EQ(sent.answered, row.status);
  EXPECT_EQ(FoundHeaders(sent, row), ExpectedHeaders(sandbox, row));
}

}  // namespace blooio::integration
