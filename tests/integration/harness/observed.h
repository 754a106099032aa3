// What a gateway tells of itself, read: its metrics, and the events of its log.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/harness/sandbox_server.h"
#include "tests/unit/telemetry/exposition.h"

namespace blooio::integration {

inline blooio::testing::Exposition Scrape(const GatewayServer& gateway) {
  const HttpAnswer answer = Fetch("GET", gateway.http_address(), "/metrics");
  EXPECT_EQ(answer.status, 200);
  blooio::testing::Exposition read = blooio::testing::ReadExposition(answer.body);
  EXPECT_EQ(read.error, "") << answer.body;
  return read;
}

// The lines of calls, oldest first, that a gateway that has ended wrote as JSON.
inline std::vector<Json> CallLines(GatewayServer& gateway) {
  std::vector<Json> calls;
  std::istringstream lines(gateway.process().err());
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line);
    if (json["event"] == "call") calls.push_back(json);
  }
  return calls;
}

}  // namespace blooio::integration
