#include "service/telemetry/file_metrics.h"

#include <utility>

namespace blooio::gateway {

FileMetrics::FileMetrics(Metrics& metrics) {
  metrics.ReadGauges("blooio_gateway_file_refused",
                     "1 while a file is refused and what it held before goes on.", [this] { return Read(); });
}

FileMeter FileMetrics::Meter(const std::string& setting, const std::string& account) {
  std::lock_guard lock(mutex_);
  std::weak_ptr<FileMeter::Count>& place = refused_[{setting, account}];
  std::shared_ptr<FileMeter::Count> count = place.lock();
  if (count == nullptr) place = count = std::make_shared<FileMeter::Count>(0);
  return FileMeter(std::move(count));
}

Readings FileMetrics::Read() {
  std::lock_guard lock(mutex_);
  Readings readings;
  for (auto entry = refused_.begin(); entry != refused_.end();) {
    const std::shared_ptr<FileMeter::Count> count = entry->second.lock();
    if (count == nullptr) {
      entry = refused_.erase(entry);
      continue;
    }
    const auto& [setting, account] = entry->first;
    readings.push_back({{{"setting", setting}, {"account", account}}, *count > 0 ? 1.0 : 0.0});
    ++entry;
  }
  return readings;
}

}  // namespace blooio::gateway
