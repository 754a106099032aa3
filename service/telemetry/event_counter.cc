#include "service/telemetry/event_counter.h"

namespace blooio::gateway {

bool EventCounter::Add(std::string_view first, std::string_view second, double count) {
  std::lock_guard lock(mutex_);
  Key key(first, second);
  if (const auto known = series_.find(key); known != series_.end()) {
    known->second->Increment(count);
    return false;
  }
  if (series_.size() >= kMostSeries) key = {"other", "other"};
  prometheus::Labels labels = {{labels_[0], key.first}};
  if (labels_.size() > 1) labels.emplace(labels_[1], key.second);
  prometheus::Counter& counter = family_.Add(labels);
  counter.Increment(count);
  return series_.emplace(std::move(key), &counter).second;
}

void EventCounter::Forget(const std::string& first) {
  std::lock_guard lock(mutex_);
  std::erase_if(series_, [&](const auto& entry) {
    const bool is_it = entry.first.first == first;
    if (is_it) family_.Remove(entry.second);
    return is_it;
  });
}

}  // namespace blooio::gateway
