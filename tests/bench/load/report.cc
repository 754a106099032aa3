#include "tests/bench/load/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace blooio::bench {
namespace {

bool Has(const Round& round, std::initializer_list<const char*> names) {
  return std::all_of(names.begin(), names.end(), [&](const char* name) { return round.contains(name); });
}
bool HasGo(const Round& round) { return Has(round, {kGateway, kGo}); }
bool HasFloors(const Round& round) { return Has(round, {kGateway, kNoOp, kCurl}); }

struct Target {
  const char* what;
  // Whether a round has all that it compares.
  bool (*in)(const Round&);
  // Checked in cases with so many calls in flight.
  int in_flight;
  double (*of)(const Round&);
  double most;
};
constexpr Target kTargets[] = {
    {"CPU per call / (A + B)", &HasFloors, 64, &FloorRatio, 1.5},
    {"CPU per call / the gateway in Go", &HasGo, 64, &GoRatio, 1.0},
    {"latency of the median call - (A + B), us", &HasFloors, 1, &AddedLatency, 100},
};

// Every ratio and the spread of its rounds.
struct Spread {
  double median, least, most;
};
Spread SpreadOf(const std::vector<Round>& rounds, double (*of)(const Round&)) {
  Spread spread{Median(rounds, of), of(rounds[0]), of(rounds[0])};
  for (const Round& round : rounds) {
    spread.least = std::min(spread.least, of(round));
    spread.most = std::max(spread.most, of(round));
  }
  return spread;
}

Sample Medians(const std::vector<Round>& rounds, const std::string& name) {
  const auto of = [&](double Sample::*member) {
    return Median(rounds, [&](const Round& round) { return round.at(name).*member; });
  };
  return {of(&Sample::calls_a_second), of(&Sample::cpu_us), of(&Sample::p50_us), of(&Sample::p99_us),
          of(&Sample::p999_us)};
}

nlohmann::json ToJson(const Sample& sample) {
  return {{"calls_a_second", sample.calls_a_second},
          {"cpu_us", sample.cpu_us},
          {"p50_us", sample.p50_us},
          {"p99_us", sample.p99_us},
          {"p999_us", sample.p999_us}};
}

}  // namespace

double FloorRatio(const Round& round) {
  if (!HasFloors(round)) return 0;
  return round.at(kGateway).cpu_us / (round.at(kNoOp).cpu_us + round.at(kCurl).cpu_us);
}

double GoRatio(const Round& round) {
  return HasGo(round) ? round.at(kGateway).cpu_us / round.at(kGo).cpu_us : 0;
}

double AddedLatency(const Round& round) {
  if (!HasFloors(round)) return 0;
  return round.at(kGateway).p50_us - round.at(kNoOp).p50_us - round.at(kCurl).p50_us;
}

std::string CaseName(const Case& what) {
  return absl::StrCat(what.http2 ? "HTTP/2 over TLS" : "HTTP/1.1", ", ", what.in_flight, " in flight");
}

std::string Table(const Result& result) {
  std::string text = absl::StrFormat("%-24s %10s %10s %10s %10s %12s\n", CaseName(result.what), "calls/s",
                                     "p50 us", "p99 us", "p99.9 us", "CPU us/call");
  for (const auto& [name, ignored] : result.rounds[0]) {
    const Sample sample = Medians(result.rounds, name);
    absl::StrAppendFormat(&text, "  %-22s %10.0f %10.0f %10.0f %10.0f %12.1f\n", name, sample.calls_a_second,
                          sample.p50_us, sample.p99_us, sample.p999_us, sample.cpu_us);
  }
  for (const auto& [name, why] : result.failed) absl::StrAppend(&text, "  not measured: ", why, "\n");
  const bool floors = HasFloors(result.rounds[0]);
  if (floors) {
    const Spread ratio = SpreadOf(result.rounds, &FloorRatio);
    absl::StrAppendFormat(&text, "  CPU, gateway / (A + B)  %.2f  (%.2f to %.2f)\n", ratio.median,
                          ratio.least, ratio.most);
  }
  if (HasGo(result.rounds[0])) {
    const Spread go = SpreadOf(result.rounds, &GoRatio);
    absl::StrAppendFormat(&text, "  CPU, gateway / Go       %.2f  (%.2f to %.2f)\n", go.median, go.least,
                          go.most);
  }
  if (floors) {
    const Spread added = SpreadOf(result.rounds, &AddedLatency);
    absl::StrAppendFormat(&text, "  p50, gateway - (A + B)  %.0f us  (%.0f to %.0f)\n", added.median,
                          added.least, added.most);
  }
  return text;
}

std::string Json(const std::vector<Result>& results) {
  nlohmann::json cases = nlohmann::json::array();
  for (const Result& result : results) {
    nlohmann::json medians = nlohmann::json::object();
    nlohmann::json rounds = nlohmann::json::array();
    for (const Round& round : result.rounds) {
      nlohmann::json& samples = rounds.emplace_back(nlohmann::json::object());
      for (const auto& [name, sample] : round) {
        samples[name] = ToJson(sample);
        if (!medians.contains(name)) medians[name] = ToJson(Medians(result.rounds, name));
      }
    }
    cases.push_back({{"http2", result.what.http2},
                     {"in_flight", result.what.in_flight},
                     {"cpu_over_floors", Median(result.rounds, &FloorRatio)},
                     {"cpu_over_go", Median(result.rounds, &GoRatio)},
                     {"added_p50_us", Median(result.rounds, &AddedLatency)},
                     {"medians", medians},
                     {"failed", result.failed},
                     {"rounds", rounds}});
  }
  return nlohmann::json{{"cases", cases}}.dump(1) + "\n";
}

std::vector<std::string> Missed(const std::vector<Result>& results) {
  std::vector<std::string> missed;
  for (const Result& result : results) {
    for (const Target& target : kTargets) {
      if (target.in_flight != result.what.in_flight) continue;
      if (!target.in(result.rounds[0])) {
        missed.push_back(absl::StrCat(CaseName(result.what), ": ", target.what, " was not measured"));
        continue;
      }
      const double found = Median(result.rounds, target.of);
      if (found <= target.most) continue;
      missed.push_back(absl::StrFormat("%s: %s is %.2f, and should be at most %g", CaseName(result.what),
                                       target.what, found, target.most));
    }
  }
  return missed;
}

}  // namespace blooio::bench
