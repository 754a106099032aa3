// What came out: medians, ratios, and whether the targets are met (design, section 9). What the
// machine does besides only ever adds to a time; so the targets are held against the half of
// windows, of each contestant by itself, that it disturbed least. Of all windows the same is told.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/load/sample.h"

namespace blooio::bench {

// Median over the rounds of what `of` gives for each.
template <class Of>
double Median(const std::vector<Round>& rounds, const Of& of) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(of(round));
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// One round for all, of CPU time and median latency: of each contestant the mean of the lower half
// of either, or of all.
Round LeastDisturbed(const std::vector<Round>& rounds);
Round Overall(const std::vector<Round>& rounds);

// All three: nothing when one of them is not in the round.
// CPU per call of the gateway over that of both floors together.
std::optional<double> FloorRatio(const Round& round);
// CPU per call of the gateway over that of the one in Go.
std::optional<double> GoRatio(const Round& round);
// What the gateway adds to the latency of both floors together, of the median call, us.
std::optional<double> AddedLatency(const Round& round);

std::string CaseName(const Case& what);
// Whether there is anything to be held against in it: it deserves more rounds then.
bool HasTarget(const Case& what);
// For people.
std::string Table(const Result& result);
// For programs: all samples, their medians, and the ratios of those that were disturbed least and of
// all; null: not measured.
std::string Json(const std::vector<Result>& results);

// The targets that are missed, or were not measured, a sentence each.
std::vector<std::string> Missed(const std::vector<Result>& results);

}  // namespace blooio::bench
