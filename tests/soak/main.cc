// The soak: README.md of this folder.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/soak/callers.h"
#include "tests/soak/memory.h"
#include "tests/soak/mischief.h"
#include "tests/soak/reconciler.h"

ABSL_FLAG(double, minutes, 1, "How long, but for the calls that are still open then.");
ABSL_FLAG(int64_t, calls, 0, "How many calls instead; 0: as many as come in time.");
ABSL_FLAG(uint64_t, seed, 0, "What to do and what to break; 0: by the clock.");
ABSL_FLAG(bool, faults, true, "Break things; without, it tells how fast it can be.");
ABSL_FLAG(int, at_once, 128, "Operations under way at once.");

namespace blooio::soak {
namespace {

constexpr absl::Duration kShortestPhase = absl::Seconds(8);
constexpr absl::Duration kLongestPhase = absl::Seconds(20);
// Machines that have other things to do are slow.
constexpr absl::Duration kPatience = absl::Minutes(4);
constexpr absl::Duration kSlow = absl::Seconds(10);

struct Plan {
  uint64_t seed = 0;
  absl::Time until;
  int64_t calls = 0;
  absl::Duration phase;
  size_t at_once = 0;
};

Plan ReadPlan(absl::Time now) {
  Plan plan;
  plan.seed = absl::GetFlag(FLAGS_seed);
  if (plan.seed == 0) plan.seed = static_cast<uint64_t>(absl::ToUnixMillis(now)) % 1'000'000'000;
  const absl::Duration time = absl::Minutes(absl::GetFlag(FLAGS_minutes));
  plan.calls = absl::GetFlag(FLAGS_calls);
  plan.until = plan.calls > 0 ? absl::InfiniteFuture() : now + time;
  if (plan.calls == 0) plan.calls = std::numeric_limits<int64_t>::max();
  plan.phase = plan.until == absl::InfiniteFuture() ? kLongestPhase
                                                    : std::clamp(time / 6, kShortestPhase, kLongestPhase);
  plan.at_once = static_cast<size_t>(std::max(1, absl::GetFlag(FLAGS_at_once)));
  return plan;
}

// The part of the plan that is done, from 0.
double Progress(const Plan& plan, absl::Time began, int64_t calls) {
  if (plan.until == absl::InfiniteFuture())
    return static_cast<double>(calls) / static_cast<double>(plan.calls);
  return absl::FDivDuration(absl::Now() - began, plan.until - began);
}

// What can still be found out, by its key or by the one that its answer tells.
std::vector<Operation*> Open(std::deque<Operation>& operations) {
  std::vector<Operation*> open;
  for (Operation& operation : operations) {
    if (operation.key.empty() && operation.send() && !operation.words.empty()) {
      operation.key = operation.words.back().key;
    }
    const bool known = operation.never() || operation.done() || operation.not_sent();
    if (!operation.key.empty() && !known) open.push_back(&operation);
  }
  return open;
}

// What was asked after most often; faults had ended by then.
void ShowSlowest(const std::vector<Operation*>& open, absl::Duration took, const Tally& tally) {
  if (took < kSlow) return;
  const auto longest = std::max_element(open.begin(), open.end(), [](const Operation* a, const Operation* b) {
    return a->words.size() < b->words.size();
  });
  std::cout << "\nSLOW: faults had ended " << took << " before all was known; for instance\n"
            << tally.History(**longest) << std::flush;
}

int Run() {
  const absl::Time began = absl::Now();
  const Plan plan = ReadPlan(began);
  std::cout << "soak: seed " << plan.seed << std::endl;
  const Requests requests(absl::StrCat("soak-", plan.seed, "-", absl::ToUnixMillis(began)));
  Tally tally(began);
  World world;
  Mischief mischief(world, tally, plan.seed);
  Mix mix(plan.seed);
  Callers callers(world, requests, mix, tally);
  Reconciler reconciler(world, requests, tally, mischief);
  MemoryLog memory;
  absl::Duration loaded;

  for (double progress = 0; progress < 1; progress = Progress(plan, began, tally.calls())) {
    // Each gateway lives through half of the run, so that its memory can be told.
    if (absl::GetFlag(FLAGS_faults)) mischief.Begin(progress < 0.5 ? 0 : 1);
    const absl::Time start = absl::Now();
    std::deque<Operation> operations =
        callers.Run(plan.at_once, std::min(start + plan.phase, plan.until), plan.calls);
    const absl::Duration load = absl::Now() - start;
    loaded += load;
    mischief.End();
    const std::vector<Operation*> open = Open(operations);
    const absl::Time well = absl::Now();
    callers.Resolve(open, kPatience);
    if (!open.empty()) ShowSlowest(open, absl::Now() - well, tally);
    reconciler.Judge(operations);
    for (size_t gateway = 0; gateway < kGateways; ++gateway) {
      const std::optional<World::Memory> held = world.MemoryOf(gateway);
      memory.Note(held);
      if (!held) tally.Violation("a gateway has died", absl::StrCat("  gateway ", gateway, "\n"));
    }
    std::cout << absl::StreamFormat(
                     "%s: %d calls, %d operations, %d were open (%s), %d violations\n", tally.At(absl::Now()),
                     tally.calls(), operations.size(), open.size(),
                     absl::FormatDuration(absl::Trunc(absl::Now() - well, absl::Milliseconds(1))),
                     tally.violations())
              << std::flush;
  }
  for (size_t gateway = 0; gateway < kGateways; ++gateway) {
    const std::string wrong = world.StopGateway(gateway, SIGTERM);
    if (!wrong.empty()) tally.Violation("a gateway does not end well", wrong);
  }

  tally.Figure(memory.Summary());
  tally.Figure(absl::StrFormat("seed %d, %s, %.0f calls/s under load", plan.seed,
                               absl::FormatDuration(absl::Trunc(absl::Now() - began, absl::Seconds(1))),
                               static_cast<double>(tally.calls()) / absl::ToDoubleSeconds(loaded)));
  std::cout << tally.Summary() << (tally.violations() == 0 ? "soak: ok" : "soak: FAILED") << std::endl;
  return tally.violations() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace blooio::soak

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Load, faults and restarts; then every answer is compared with what happened.");
  absl::ParseCommandLine(argc, argv);
  // Redis is killed, the machine is not: its file may be in memory, where nobody else's writes
  // hold up the calls that wait for it.
  if (std::filesystem::is_directory("/dev/shm")) setenv("TMPDIR", "/dev/shm", /*overwrite=*/0);
  return blooio::soak::Run();
}
