// Where the log's thread puts its lines: a file descriptor, many lines a write.
//
// The queue wakes the thread for a line only when it sleeps on an empty queue;
// after a write it rests for a moment, so that under load lines gather, cost one
// write together and wake nobody. A line waits 2 ms at most for that.
#pragma once

#include <spdlog/async.h>
#include <spdlog/sinks/sink.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "service/telemetry/log.h"

namespace blooio::gateway {

class LogSink final : public spdlog::sinks::sink {
 public:
  // Used by the one thread of `pool`, which outlives the use.
  LogSink(int fd, spdlog::details::thread_pool& pool, LogFormat format)
      : fd_(fd), pool_(pool), format_(format) {}

  // Lines that could not be written. Any thread.
  uint64_t unwritten() const { return unwritten_.load(std::memory_order_relaxed); }

  void log(const spdlog::details::log_msg& message) override;
  // Writes what has gathered.
  void flush() override;
  // Lines come as they are to be written.
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  void SayWhatWasDropped();

  const int fd_;
  spdlog::details::thread_pool& pool_;
  const LogFormat format_;
  std::string gathered_;
  uint64_t lines_ = 0;
  uint64_t dropped_said_ = 0;
  std::chrono::steady_clock::time_point said_at_;
  std::atomic<uint64_t> unwritten_ = 0;
};

}  // namespace blooio::gateway
