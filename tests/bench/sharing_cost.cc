// What sharing its limits in Redis costs a gateway: CPU time of its process per call,
// with 64 calls under way and limits of account, caller and method that nobody runs
// into.
//
//   deploy/build release -DBLOOIO_TESTS=ON -DBLOOIO_BENCH=ON sharing_cost
//   build/release/bin/sharing_cost --check
//
// Two gateways that differ in `redis:` alone are under the same load at the same time,
// so that whatever else the machine does meets both; each window of time is a ratio.
// With --check the median ratio has to be at most 1.05. It fails, too, when a call is
// not OK or Redis is not in time.
//
// Ratios far apart mean that the machine was busy: then more --windows say more. What
// Redis itself spends is not counted.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/harness/crowd.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/redis_server.h"
#include "tests/integration/harness/sandbox_server.h"

ABSL_FLAG(bool, check, false, "fail when sharing costs too much");
ABSL_FLAG(int, windows, 15, "ratios to be taken");
ABSL_FLAG(double, seconds, 2, "that a window takes");

namespace blooio::integration {
namespace {

constexpr int kAtOnce = 64;
constexpr double kMostRatio = 1.05;
constexpr absl::Duration kWarmUp = absl::Seconds(2);
constexpr char kWide[] = "rate_limit: { requests_per_second: 100000, burst: 100000 }";

GatewayOptions Options(const SandboxServer& sandbox, const CallerToken& token, const std::string& redis) {
  return {.upstream = sandbox.address(),
          .key = sandbox.key(),
          .account = kWide,
          .sections = absl::StrCat(redis, "callers:\n  - { name: load, token_sha256: [", token.digest,
                                   "], accounts: [main], methods: ['*'], ", kWide,
                                   ", method_limits: [{ method: blooio.v4.GroupsService/ListGroups, ", kWide,
                                   " }] }\n"),
          .anonymous = false,
          .flags = {}};
}

absl::Duration CpuTime(const Process& process) {
  clockid_t clock;
  timespec time;
  if (clock_getcpuclockid(process.pid(), &clock) != 0 || clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the gateway has ended");
  }
  return absl::DurationFromTimespec(time);
}

// One gateway's part of a window.
struct Sample {
  absl::Time time;
  absl::Duration cpu;
};
struct Cost {
  double microseconds = 0;  // Of CPU, per call.
  double calls_a_second = 0;
};

Cost CostOf(size_t gateway, const std::vector<CrowdCall>& calls, const Sample& begin, const Sample& end) {
  const auto ended = static_cast<double>(CountIf(calls, [&](const CrowdCall& call) {
    return call.gateway == gateway && begin.time < call.ended && call.ended <= end.time;
  }));
  return {absl::ToDoubleMicroseconds(end.cpu - begin.cpu) / ended,
          ended / absl::ToDoubleSeconds(end.time - begin.time)};
}

// Where so many quarters of the sorted numbers are left behind.
double Quartile(const std::vector<double>& sorted, size_t quarters) {
  return sorted[(sorted.size() - 1) * quarters / 4];
}

// The median ratio.
double Measure(int windows, absl::Duration length) {
  const SandboxServer sandbox;
  const RedisServer redis;
  const CallerToken token;
  GatewayServer alone(Options(sandbox, token, ""));
  GatewayServer sharing(
      Options(sandbox, token, absl::StrCat("redis: { address: '", redis.address(), "' }\n")));
  if (!sharing.process().WaitForError("limits_shared", absl::Seconds(10))) {
    throw std::runtime_error("the gateway does not reach Redis");
  }
  const auto look = [&] {
    return std::array{Sample{absl::Now(), CpuTime(alone.process())},
                      Sample{absl::Now(), CpuTime(sharing.process())}};
  };
  Crowd crowd({alone.address(), sharing.address()}, {{.token = token, .at_once = kAtOnce}});
  crowd.RunFor(kWarmUp);
  std::vector samples = {look()};
  for (int i = 0; i < windows; ++i) {
    crowd.RunFor(length);
    samples.push_back(look());
  }
  const std::vector<CrowdCall> calls = crowd.End();
  if (Count(calls, "OK") != static_cast<int64_t>(calls.size())) throw std::runtime_error(Summary(calls));
  if (sharing.process().err().find("shared_limits_lost") != std::string::npos) {
    throw std::runtime_error("Redis was too late in between; try again when the machine is less busy");
  }

  std::printf("CPU per call, %d calls under way, %d windows of %g s\n\n", kAtOnce, windows,
              absl::ToDoubleSeconds(length));
  std::printf("              alone           with redis  ratio\n");
  std::vector<double> ratios;
  for (size_t i = 1; i < samples.size(); ++i) {
    const Cost one = CostOf(0, calls, samples[i - 1][0], samples[i][0]);
    const Cost other = CostOf(1, calls, samples[i - 1][1], samples[i][1]);
    ratios.push_back(other.microseconds / one.microseconds);
    std::printf("%3zu  %5.1f us %5.0f/s    %5.1f us %5.0f/s  %.3f\n", i, one.microseconds, one.calls_a_second,
                other.microseconds, other.calls_a_second, ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  const double median = Quartile(ratios, 2);
  std::printf("\nmedian ratio %.3f, half of them from %.3f to %.3f\n", median, Quartile(ratios, 1),
              Quartile(ratios, 3));
  return median;
}

}  // namespace
}  // namespace blooio::integration

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  try {
    const double median = blooio::integration::Measure(std::max(absl::GetFlag(FLAGS_windows), 1),
                                                       absl::Seconds(absl::GetFlag(FLAGS_seconds)));
    if (!absl::GetFlag(FLAGS_check) || median <= blooio::integration::kMostRatio) return 0;
    std::fprintf(stderr, "sharing_cost: sharing costs more than %.0f %%\n",
                 (blooio::integration::kMostRatio - 1) * 100);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sharing_cost: %s\n", error.what());
  }
  return 1;
}
