// Which of the watched files are refused at the moment:
// blooio_gateway_file_refused{setting,account}.
//
//   FileMeter meter = telemetry.files().Meter("accounts.api_key_file", "main");   // once it was loaded
//   meter.SetRefused(true);
//
// A series is there for as long as one of its meters, and is 1 while one of them says
// so. There may be two for a moment, when a configuration follows another.
//
// Thread-safe, each meter used by one thread at a time.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "service/telemetry/metrics.h"

namespace blooio::gateway {

// One file, for as long as it is watched.
class FileMeter {
 public:
  // How many meters of a series say so.
  using Count = std::atomic<int>;

  explicit FileMeter(std::shared_ptr<Count> refused) : refused_(std::move(refused)) {}
  FileMeter(FileMeter&& other) noexcept
      : refused_(std::move(other.refused_)), is_refused_(std::exchange(other.is_refused_, false)) {}
  FileMeter& operator=(FileMeter&&) = delete;
  ~FileMeter() { SetRefused(false); }

  // `refused`: what it holds cannot be used, and what it held before goes on.
  void SetRefused(bool refused) {
    if (std::exchange(is_refused_, refused) != refused) *refused_ += refused ? 1 : -1;
  }

 private:
  std::shared_ptr<Count> refused_;
  bool is_refused_ = false;
};

class FileMetrics {
 public:
  // `metrics` is read for as long as this lives.
  explicit FileMetrics(Metrics& metrics);

  // `account`: whose file it is, or "".
  FileMeter Meter(const std::string& setting, const std::string& account = "");

 private:
  Readings Read();

  std::mutex mutex_;  // Guards the map.
  std::map<std::pair<std::string, std::string>, std::weak_ptr<FileMeter::Count>> refused_;
};

}  // namespace blooio::gateway
