// What is measured: a case, whose contestants are measured in turn, several times over.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace blooio::bench {

struct Case {
  bool http2 = false;
  int in_flight = 64;
};

// One window of one contestant.
struct Sample {
  double calls_a_second = 0;
  double cpu_us = 0;  // Per call, of the process under test.
  double p50_us = 0, p99_us = 0, p999_us = 0;
};

// Samples that were taken together, by contestant.
using Round = std::map<std::string, Sample>;

struct Result {
  Case what;
  std::vector<Round> rounds;
  // Those that failed and are in no round: why, their names included.
  std::map<std::string, std::string> failed = {};
};

// The names of contestants.
inline constexpr char kGateway[] = "gateway";
inline constexpr char kNoOp[] = "A: no-op gRPC server";
inline constexpr char kCurl[] = "B: bare libcurl loop";
inline constexpr char kNginx[] = "nginx, reverse proxy";
inline constexpr char kGo[] = "Go, without features";

}  // namespace blooio::bench
