#include "tests/bench/load/report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace blooio::bench {
namespace {

using Of = std::optional<double> (*)(const Round&);

bool Has(const Round& round, std::initializer_list<const char*> names) {
  return std::all_of(names.begin(), names.end(), [&](const char* name) { return round.contains(name); });
}

struct Target {
  const char* what;
  // Checked in cases with so many calls in flight.
  int in_flight;
  Of of;
  double most;
};
constexpr Target kTargets[] = {
    {"CPU per call / (A + B)", 64, &FloorRatio, 1.5},
    {"CPU per call / the gateway in Go", 64, &GoRatio, 1.0},
    {"latency of the median call - (A + B), us", 1, &AddedLatency, 100},
};

// The mean of the least `part` of what each contestant's windows have.
Round Means(const std::vector<Round>& rounds, double part) {
  const auto mean = [&](const std::string& name, double Sample::*member) {
    std::vector<double> values;
    for (const Round& round : rounds) values.push_back(round.at(name).*member);
    std::sort(values.begin(), values.end());
    values.resize(static_cast<size_t>(std::ceil(part * static_cast<double>(values.size()))));
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  Round all;
  for (const auto& [name, ignored] : rounds[0]) {
    all[name] = {.cpu_us = mean(name, &Sample::cpu_us), .p50_us = mean(name, &Sample::p50_us)};
  }
  return all;
}

// "  what  1.46  (all windows: 1.52; of each round: 1.50; 1.31 to 1.72)"; "" when it was not measured.
std::string Line(const char* what, const std::vector<Round>& rounds, Of of, int digits) {
  if (!of(rounds[0])) return "";
  const auto value = [&](const Round& round) { return *of(round); };
  double least = value(rounds[0]), most = least;
  for (const Round& round : rounds) {
    least = std::min(least, value(round));
    most = std::max(most, value(round));
  }
  return absl::StrFormat("  %-25s %.*f  (all windows: %.*f; of each round: %.*f; %.*f to %.*f)\n", what,
                         digits, value(LeastDisturbed(rounds)), digits, value(Overall(rounds)), digits,
                         Median(rounds, value), digits, least, digits, most);
}

Sample Medians(const std::vector<Round>& rounds, const std::string& name) {
  const auto of = [&](double Sample::*member) {
    return Median(rounds, [&](const Round& round) { return round.at(name).*member; });
  };
  return {of(&Sample::calls_a_second), of(&Sample::cpu_us), of(&Sample::p50_us), of(&Sample::p99_us),
          of(&Sample::p999_us)};
}

nlohmann::json ToJson(std::optional<double> ratio) {
  return ratio ? nlohmann::json(*ratio) : nlohmann::json();
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
Round Overall(const std::vector<Round>& rounds) { return Means(rounds, 1); }

std::optional<double> FloorRatio(const Round& round) {
  if (!Has(round, {kGateway, kNoOp, kCurl})) return std::nullopt;
  return round.at(kGateway).cpu_us / (round.at(kNoOp).cpu_us + round.at(kCurl).cpu_us);
}

std::optional<double> GoRatio(const Round& round) {
  if (!Has(round, {kGateway, kGo})) return std::nullopt;
  return round.at(kGateway).cpu_us / round.at(kGo).cpu_us;
}

std::optional<double> AddedLatency(const Round& round) {
  if (!Has(round, {kGateway, kNoOp, kCurl})) return std::nullopt;
  return round.at(kGateway).p50_us - round.at(kNoOp).p50_us - round.at(kCurl).p50_us;
}

std::string CaseName(const Case& what) {
  return absl::StrCat(what.http2 ? "HTTP/2 over TLS" : "HTTP/1.1", ", ", what.in_flight, " in flight");
}

std::string Table(const Result& result) {
  std::string text = absl::StrFormat("%-24s %10s %10s %10s %10s %12s\n", CaseName(result.what), "calls/s",
                                     "p50 us", "p99 us", "p99.9 us", "CPU us/call");
  for (const auto& [name, why] : result.failed) absl::StrAppend(&text, "  not measured: ", why, "\n");
  if (result.rounds.empty()) return text;
  for (const auto& [name, ignored] : result.rounds[0]) {
    const Sample sample = Medians(result.rounds, name);
    absl::StrAppendFormat(&text, "  %-22s %10.0f %10.0f %10.0f %10.0f %12.1f\n", name, sample.calls_a_second,
                          sample.p50_us, sample.p99_us, sample.p999_us, sample.cpu_us);
  }
  absl::StrAppend(&text, Line("CPU, gateway / (A + B)", result.rounds, &FloorRatio, 2),
                  Line("CPU, gateway / Go", result.rounds, &GoRatio, 2),
                  Line("p50, gateway - (A + B), us", result.rounds, &AddedLatency, 0));
  return text;
}

std::string Json(const std::vector<Result>& results) {
  nlohmann::json cases = nlohmann::json::array();
  for (const Result& result : results) {
    const Round least_disturbed = LeastDisturbed(result.rounds), overall = Overall(result.rounds);
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
                     {"cpu_over_floors", ToJson(FloorRatio(least_disturbed))},
                     {"cpu_over_floors_all", ToJson(FloorRatio(overall))},
                     {"cpu_over_go", ToJson(GoRatio(least_disturbed))},
                     {"cpu_over_go_all", ToJson(GoRatio(overall))},
                     {"added_p50_us", ToJson(AddedLatency(least_disturbed))},
                     {"added_p50_us_all", ToJson(AddedLatency(overall))},
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
      const std::optional<double> found = target.of(LeastDisturbed(result.rounds));
      if (!found) {
        missed.push_back(absl::StrCat(CaseName(result.what), ": ", target.what, " was not measured"));
      } else if (!(*found <= target.most)) {
        missed.push_back(absl::StrFormat("%s: %s is %.2f, and should be at most %g", CaseName(result.what),
                                         target.what, *found, target.most));
      }
    }
  }
  if (!held) missed.push_back("no case was measured that has a target");
  return missed;
}

}  // namespace blooio::bench
