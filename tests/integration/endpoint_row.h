// One call through the whole chain: what is asked, what the sandbox has to
// receive byte by byte, and what comes back.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "service/ledger/operation_key.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct EndpointRow {
  std::string name;
  std::shared_ptr<google::protobuf::Message> request;
  std::string verb;
  std::string target;
  // Besides those that every request carries. The value "*" stands for any 32
  // hex digits.
  Headers headers;
  // Empty for a request without one.
  std::string body;
  int status;
  // The reply as proto text on one line, with ids and times as "#".
  std::string reply;
};

template <class Request>
std::shared_ptr<google::protobuf::Message> Make(const std::string& text) {
  return std::make_shared<Request>(Parse<Request>(text));
}

// What the upstream sees of a key of the anonymous caller.
inline std::string DerivedKey(const std::string& method, const std::string& key) {
  return gateway::UpstreamKey("anonymous", "main", method, key);
}

// Random ids and times as "#".
inline std::string Plain(const google::protobuf::Message& message) {
  std::string text = message.ShortDebugString();
  text = std::regex_replace(text, std::regex("_[0-9A-Za-z]{20}\""), "_#\"");
  text = std::regex_replace(text, std::regex("iMessage;.;chat[^\"]*\""), "#\"");
  return std::regex_replace(text, std::regex(": [0-9]{13}"), ": #");
}

// Every header of a request that the gateway sent to `sandbox`, sorted.
inline Headers ExpectedHeaders(const SandboxServer& sandbox, const EndpointRow& row) {
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

inline void CheckEndpoint(const EndpointRow& row, const SandboxServer& sandbox, const Caller& caller,
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
  Headers headers = sent.headers;
  for (auto& [name, value] : headers) {
    const bool minted = std::find(row.headers.begin(), row.headers.end(),
                                  std::pair<std::string, std::string>(name, "*")) != row.headers.end();
    if (minted && std::regex_match(value, std::regex("[0-9a-f]{32}"))) value = "*";
  }
  std::sort(headers.begin(), headers.end());
  EXPECT_EQ(headers, ExpectedHeaders(sandbox, row));
}

}  // namespace blooio::integration
