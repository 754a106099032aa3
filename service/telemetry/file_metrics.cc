#include "service/telemetry/file_metrics.h"

namespace blooio::gateway {

FileMetrics::FileMetrics(Metrics& metrics) {
  metrics.ReadGauges("blooio_gateway_file_refused",
                     "1 while a file is refused and what it held before goes on.", [this] { return Read(); });
}

FileMeter FileMetrics::Meter(const std::string& setting, const std::string& account) {
  std::lock_guard lock(mutex_);
  return FileMeter(refused_[{setting, account}]);
}

Readings FileMetrics::Read() {
  std::lock_guard lock(mutex_);
  Readings readings;
  for (const auto& [file, refused] : refused_) {
    readings.push_back({{{"setting", file.first}, {"account", file.second}}, refused > 0 ? 1.0 : 0.0});
  }
  return readings;
}

}  // namespace blooio::gateway
