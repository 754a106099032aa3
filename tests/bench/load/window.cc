#include "tests/bench/load/window.h"

#include <time.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace blooio::bench {

void Window::Begin() {
  latencies_ns_.clear();
  failed_ = 0;
  began_ = std::chrono::steady_clock::now();
  cpu_began_ = CpuTime();
}

void Window::Ended(std::chrono::nanoseconds latency) {
  latencies_ns_.push_back(
      static_cast<uint32_t>(std::min<int64_t>(latency.count(), std::numeric_limits<uint32_t>::max())));
}

void Window::Failed(const std::string& why) {
  ++failed_;
  if (why_.empty()) why_ = why;
}

void Window::End() {
  cpu_ = CpuTime() - cpu_began_;
  took_ = std::chrono::steady_clock::now() - began_;
}

std::string Window::Json() const {
  std::vector<uint32_t> sorted = latencies_ns_;
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&sorted](double part) {
    if (sorted.empty()) return 0.0;
    return sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1))] / 1e3;
  };
  return nlohmann::json{{"calls", sorted.size()},
                        {"failed", failed_},
                        {"why", why_},
                        {"seconds", std::chrono::duration<double>(took_).count()},
                        {"cpu_us", std::chrono::duration<double, std::micro>(cpu_).count()},
                        {"p50_us", quantile(0.5)},
                        {"p99_us", quantile(0.99)},
                        {"p999_us", quantile(0.999)}}
      .dump();
}

std::chrono::nanoseconds Window::CpuTime() const {
  clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
  timespec time{};
  if ((watched_ != 0 && clock_getcpuclockid(watched_, &clock) != 0) || clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the process under test has ended");
  }
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace blooio::bench
