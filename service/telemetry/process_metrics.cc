#include "service/telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace blooio::gateway {
namespace {

double CpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return absl::ToDoubleSeconds(absl::DurationFromTimespec(used));
}

double ResidentBytes() {
  double total_pages = 0;
  double resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double EntriesIn(const char* folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  double count = 0;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  return count;
}

double MostFiles() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<double>(files.rlim_cur);
}

Metrics::Read One(double (*read)()) {
  return [read] { return Readings{{{}, read()}}; };
}

}  // namespace

void AddProcessMetrics(Metrics& metrics) {
  metrics.ReadCounters("process_cpu_seconds_total", "CPU time used, user and system.", One(CpuSeconds));
  metrics.ReadGauges("process_resident_memory_bytes", "Memory in use.", One(ResidentBytes));
  // Looking opens one more.
  metrics.ReadGauges("process_open_fds", "Open files.", One([] { return EntriesIn("/proc/self/fd") - 1; }));
  metrics.ReadGauges("process_max_fds", "Most files that may be open.", One(MostFiles));
  metrics.ReadGauges("process_threads", "Threads.", One([] { return EntriesIn("/proc/self/task"); }));
  metrics.ReadGauges("process_start_time_seconds", "When the process started, Unix time.",
                     [started = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch())] {
                       return Readings{{{}, started}};
                     });
}

}  // namespace blooio::gateway
