#include "tests/soak/upstream_faults.h"

#include <algorithm>

namespace blooio::soak {
namespace {

using integration::Json;

// How often, in requests, and whether it may have been done.
struct Row {
  const char* name;
  const char* fault;
  int weight;
  int most;
  bool executable;
};

constexpr Row kRows[] = {
    {"408", R"({"status":408})", 16, 3, true},
    {"500", R"({"status":500,"body":"{\"error\":\"oops\"}"})", 24, 6, true},
    {"502", R"({"status":502,"body":"<html>"})", 20, 6, true},
    {"503", R"({"status":503})", 24, 8, true},
    {"503 with Retry-After", R"({"status":503,"headers":{"Retry-After":"1"}})", 8, 2, true},
    {"504", R"({"status":504,"headers":{"Connection":"close"}})", 20, 4, true},
    {"429", R"({"status":429})", 1, 1, false},
    {"429 with Retry-After", R"({"status":429,"headers":{"Retry-After":"1"}})", 1, 1, false},
    {"429 with a code", R"({"status":429,"body":"{\"error\":{\"code\":\"quota\",\"message\":\"m\"}}"})", 12,
     3, false},
    {"422", R"({"status":422,"body":"{\"error\":{\"code\":\"odd\",\"message\":\"m\"}}"})", 12, 3, false},
    {"501", R"({"status":501,"body":"{\"error\":{\"code\":\"not_implemented\",\"message\":\"m\"}}"})", 8, 2,
     false},
    {"200 with garbage", R"({"status":200,"body":"{\"id\":"})", 16, 4, true},
    {"closed before an answer", R"({"close":"before"})", 40, 6, true},
    {"reset before an answer", R"({"close":"before","reset":true})", 32, 6, true},
    {"reset after the headers", R"({"close":"headers"})", 32, 6, true},
    {"closed in the body", R"({"close":"middle"})", 32, 6, true},
    {"reset in the body", R"({"close":"middle","reset":true})", 24, 6, true},
    {"late and closed", R"({"close":"before","delay_before_ms":120})", 16, 3, true},
    {"late", R"({"delay_before_ms":150})", 32, 12, false},
    {"very late", R"({"delay_before_ms":1500})", 8, 2, false},
    {"late in the body", R"({"delay_middle_ms":100})", 20, 8, false},
    {"no answer", R"({"hang":true})", 12, 2, true},
};

constexpr const char* kPlaces[] = {"/v2/", "/v4/", "/v4/groups", "/v2/api/groups", ""};

}  // namespace

UpstreamFault DrawUpstreamFault(std::mt19937_64& random) {
  const auto below = [&random](int end) { return std::uniform_int_distribution<int>(0, end - 1)(random); };
  int weights = 0;
  for (const Row& row : kRows) weights += row.weight;
  int drawn = below(weights);
  const Row* row = std::begin(kRows);
  while (drawn >= row->weight) drawn -= (row++)->weight;

  UpstreamFault fault;
  fault.name = row->name;
  fault.count = 1 + below(row->most);
  Json what = Json::parse(row->fault);
  if (row->executable) {
    const bool executed = below(2) == 0;
    what["execute"] = executed;
    fault.name += executed ? ", executed" : ", not executed";
  }
  // Most of what it may meet changes something.
  Json match = {{"target_prefix", kPlaces[below(std::size(kPlaces))]}};
  if (below(4) != 0) match["verb"] = "POST";
  fault.rule = {{"match", match}, {"skip", below(20)}, {"count", fault.count}, {"fault", what}};
  return fault;
}

}  // namespace blooio::soak
