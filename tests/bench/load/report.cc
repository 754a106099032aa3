#include "tests/bench/load/report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

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

// Of each contestant by itself: the mean of the least of every time, of the most of its calls;
// `part` of its windows.
Round Means(const std::vector<Round>& rounds, double part) {
  const auto mean = [&](const std::string& name, double Sample::*member, bool most) {
    std::vector<double> values;
    for (const Round& round : rounds) values.push_back(round.at(name).*member);
    std::sort(values.begin(), values.end());
    if (most) std::reverse(values.begin(), values.end());
    values.resize(static_cast<size_t>(std::ceil(part * static_cast<double>(values.size()))));
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  Round all;
  for (const auto& [name, ignored] : rounds[0]) {
    all[name] = {mean(name, &Sample::calls_a_second, true), mean(name, &Sample::cpu_us, false),
                 mean(name, &Sample::p50_us, false), mean(name, &Sample::p99_us, false),
                 mean(name, &Sample::p999_us, false)};
  }
  return all;
}

// "  what  1.46  (all windows: 1.52; of each round: 1.50; 1.31 to 1.72)"
std::string Line(const char* what, const std::vector<Round>& rounds, double (*of)(const Round&), int digits) {
  double least = of(rounds[0]), most = least;
  for (const Round& round : rounds) {
    least = std::min(least, of(round));
    most = std::max(most, of(round));
  }
  return absl::StrFormat("  %-23s %.*f  (all windows: %.*f; of each round: %.*f; %.*f to %.*f)\n", what,
                         digits, of(LeastDisturbed(rounds)), digits, of(Means(rounds, 1)), digits,
                         Median(rounds, of), digits, least, digits, most);
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

Round LeastDisturbed(const std::vector<Round>& rounds) { return Means(rounds, 0.5); }

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
  const std::vector<Round>& rounds = result.rounds;
  if (HasFloors(rounds[0])) absl::StrAppend(&text, Line("CPU, gateway / (A + B)", rounds, &FloorRatio, 2));
  if (HasGo(rounds[0])) absl::StrAppend(&text, Line("CPU, gateway / Go", rounds, &GoRatio, 2));
  if (HasFloors(rounds[0])) {
    absl::StrAppend(&text, Line("p50, gateway - (A + B), us", rounds, &AddedLatency, 0));
  }
  return text;
}

std::string Json(const std::vector<Result>& results) {
  nlohmann::json cases = nlohmann::json::array();
  for (const Result& result : results) {
    const Round least_disturbed = LeastDisturbed(result.rounds);
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
                     {"cpu_over_floors", FloorRatio(least_disturbed)},
                     {"cpu_over_go", GoRatio(least_disturbed)},
                     {"added_p50_us", AddedLatency(least_disturbed)},
                     {"medians", medians},
                     {"failed", result.failed},
                     {"rounds", rounds}});
  }
  return nlohmann::json{{"cases", cases}}.dump(1) + "\n";
}

bool HasTarget(const Case& what) {
  return std::any_of(std::begin(kTargets), std::end(kTargets),
                     [&](const Target& target) { return target.in_flight == what.in_flight; });
}

std::vector<std::string> Missed(const std::vector<Result>& results) {
  std::vector<std::string> missed;
  bool held = false;
  for (const Result& result : results) {
    for (const Target& target : kTargets) {
      if (target.in_flight != result.what.in_flight) continue;
      held = true;
      if (!target.in(result.rounds[0])) {
        missed.push_back(absl::StrCat(CaseName(result.what), ": ", target.what, " was not measured"));
        continue;
      }
      const double found = target.of(LeastDisturbed(result.rounds));
      if (found <= target.most) continue;
      missed.push_back(absl::StrFormat("%s: %s is %.2f, and should be at most %g", CaseName(result.what),
                                       target.what, found, target.most));
    }
  }
  if (!held) missed.push_back("no case was measured that has a target");
  return missed;
}

}  // namespace blooio::bench
