// One call through the whole chain: what is asked, what the sandbox has to
// receive byte by byte, and what comes back.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

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
std::string DerivedKey(const std::string& method, const std::string& key);

// Makes the call and compares everything with the row.
void CheckEndpoint(const EndpointRow& row, const SandboxServer& sandbox, const Caller& caller,
                   google::protobuf::Message* reply);

}  // namespace blooio::integration
