// What happened in one window of time of a closed loop: how long each call took, and how
// much CPU time the process under test spent meanwhile.
//
//   Window window(pid);
//   window.Begin();
//   … window.Ended(latency) for each call that ended well, window.Failed("why") …
//   window.End();
//   std::puts(window.Json().c_str());
//
// Not thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace blooio::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

class Window {
 public:
  // Watches the CPU time of process `watched`; of this one: 0.
  explicit Window(pid_t watched) : watched_(watched) {}

  void Begin();
  void Ended(std::chrono::nanoseconds latency);
  void Failed(const std::string& why);
  void End();

  // {"calls":…,"failed":…,"why":…,"seconds":…,"cpu_us":…,"p50_us":…,"p99_us":…,"p999_us":…}
  std::string Json() const;

 private:
  std::chrono::nanoseconds CpuTime() const;

  const pid_t watched_;
  SteadyTime began_;
  std::chrono::nanoseconds cpu_began_{};
  std::chrono::nanoseconds took_{};
  std::chrono::nanoseconds cpu_{};
  std::vector<uint32_t> latencies_ns_;
  uint64_t failed_ = 0;
  std::string why_;
};

}  // namespace blooio::bench
