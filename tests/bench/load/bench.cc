// What a call costs, next to what its parts and its peers cost: tests/bench/README.md.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "tests/bench/load/contestants.h"
#include "tests/bench/load/plot.h"
#include "tests/bench/load/report.h"

ABSL_FLAG(bool, full, false, "longer windows, 24 in every case");
ABSL_FLAG(bool, check, false, "fail when a target is missed");
ABSL_FLAG(std::string, plot, "", "folder for plots of latency and CPU against calls in flight");
ABSL_FLAG(std::string, json, "", "file for all figures");
ABSL_FLAG(std::string, go_gateway, "", "the peer in Go; empty: without it");
ABSL_FLAG(std::vector<std::string>, in_flight, (std::vector<std::string>{"1", "16", "64", "256"}),
          "calls under way at a time");
ABSL_FLAG(std::vector<std::string>, protocols, (std::vector<std::string>{"http1", "http2"}),
          "towards the upstream");
ABSL_FLAG(std::vector<std::string>, contestants, {},
          "beginnings of their names, \"A,B,gateway\"; empty: all");
ABSL_FLAG(size_t, text_bytes, 24, "of the message that is sent");
ABSL_FLAG(size_t, reply_bytes, 0, "added to the answer");
ABSL_FLAG(int, rounds, 0, "windows of each contestant and case; 0: 24, or 3 in cases without a target");
ABSL_FLAG(absl::Duration, window, absl::ZeroDuration(), "its length; 0: 120 ms, or 1 s with --full");

namespace blooio::bench {
namespace {

// Windows of each contestant in a case with a target; without one, in the last rounds only: the
// gateway keeps the connections of its busiest case.
constexpr int kRounds = 24;
constexpr int kFewer = 3;

std::vector<std::string> Chosen(const std::vector<std::string>& all) {
  const std::vector<std::string> beginnings = absl::GetFlag(FLAGS_contestants);
  if (beginnings.empty()) return all;
  std::vector<std::string> chosen;
  for (const std::string& beginning : beginnings) {
    const auto named = std::find_if(all.begin(), all.end(), [&](const std::string& name) {
      return !beginning.empty() && name.starts_with(beginning);
    });
    if (named == all.end()) {
      throw std::invalid_argument("--contestants takes beginnings of these: " + absl::StrJoin(all, "; "));
    }
    chosen.push_back(*named);
  }
  return chosen;
}

// One round more, begun by another one each time. A floor or a peer that fails is out for the rest of the
// case; without the gateway there is nothing to say.
void Measure(Contestants& contestants, const std::vector<std::string>& names, absl::Duration length,
             Result& result) {
  const size_t first = result.rounds.size();
  Round& round = result.rounds.emplace_back();
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[(first + i) % names.size()];
    if (result.failed.contains(name)) continue;
    try {
      round[name] = contestants.Measure(name, result.what, length);
    } catch (const std::exception& error) {
      if (name == kGateway) {
        result.rounds.pop_back();
        throw;
      }
      result.failed[name] = std::string(absl::StripAsciiWhitespace(error.what()));
      for (Round& earlier : result.rounds) earlier.erase(name);
    }
  }
}

// The cases that the flags ask for, nothing measured yet.
std::vector<Result> Cases() {
  std::vector<Result> cases;
  for (const std::string& protocol : absl::GetFlag(FLAGS_protocols)) {
    if (protocol != "http1" && protocol != "http2") {
      throw std::invalid_argument("--protocols takes http1 and http2");
    }
    for (const std::string& in_flight : absl::GetFlag(FLAGS_in_flight)) {
      Result& result = cases.emplace_back();
      result.what.http2 = protocol == "http2";
      if (!absl::SimpleAtoi(in_flight, &result.what.in_flight) || result.what.in_flight < 1) {
        throw std::invalid_argument("--in_flight takes numbers from 1");
      }
    }
  }
  if (cases.empty()) throw std::invalid_argument("--protocols and --in_flight name no case");
  return cases;
}

// The cases take turns, so that each is measured all through the run: a neighbour who is busy
// for a while disturbs some turns of every case, not all of one. Without a target it has few, the last.
void Measure(std::vector<Result>& results) {
  const bool full = absl::GetFlag(FLAGS_full);
  const absl::Duration given = absl::GetFlag(FLAGS_window);
  const absl::Duration length = given > absl::ZeroDuration() ? given
                                : full                       ? absl::Seconds(1)
                                                             : absl::Milliseconds(120);
  const int given_rounds = absl::GetFlag(FLAGS_rounds);
  if (given_rounds < 0) throw std::invalid_argument("--rounds takes a number from 1");
  if (given < absl::ZeroDuration()) throw std::invalid_argument("--window takes a length, such as 200ms");
  const int rounds = given_rounds > 0 ? given_rounds : kRounds;
  Contestants contestants(absl::GetFlag(FLAGS_text_bytes), absl::GetFlag(FLAGS_reply_bytes),
                          absl::GetFlag(FLAGS_go_gateway));
  const std::vector<std::string> names = Chosen(contestants.names());
  for (int round = 0; round < rounds; ++round) {
    for (Result& result : results) {
      const bool few = given_rounds == 0 && !full && !HasTarget(result.what);
      if (!few || round >= rounds - kFewer) Measure(contestants, names, length, result);
    }
  }
}

void Write(const std::string& file, const std::string& text) {
  if (file.empty()) return;
  std::ofstream stream(file);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file);
}

int Main() {
  std::vector<Result> results = Cases();
  std::exception_ptr failure;
  try {
    Measure(results);
  } catch (...) {
    failure = std::current_exception();
  }
  // What was measured until then is told in any case.
  for (const Result& result : results) {
    if (!result.rounds.empty() || !result.failed.empty()) std::printf("%s\n", Table(result).c_str());
  }
  std::fflush(stdout);  // Before what is said on stderr.
  if (failure) std::rethrow_exception(failure);
  Write(absl::GetFlag(FLAGS_json), Json(results));
  if (const std::string folder = absl::GetFlag(FLAGS_plot); !folder.empty()) {
    for (const auto& [name, svg] : Plots(results)) Write(folder + "/" + name, svg);
  }
  if (!absl::GetFlag(FLAGS_check)) return 0;
  const std::vector<std::string> missed = Missed(results);
  for (const std::string& sentence : missed) std::fprintf(stderr, "bench: %s\n", sentence.c_str());
  if (missed.empty()) std::printf("bench: all targets of these cases are met\n");
  return missed.empty() ? 0 : 1;
}

}  // namespace
}  // namespace blooio::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("What a call costs, next to its parts and its peers.");
  absl::ParseCommandLine(argc, argv);
  try {
    return blooio::bench::Main();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 2;
  }
}
