#include "service/pipeline/occupancy.h"

namespace blooio::gateway {

bool Occupancy::Take() {
  if (present_.fetch_add(1, std::memory_order_relaxed) < most_) return true;
  Leave();
  return false;
}

std::shared_ptr<Sheddable> Occupancy::TakeLighter(int weight) {
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && waiting_.begin()->first.first < weight) {
    std::shared_ptr<Sheddable> call = waiting_.begin()->second.lock();
    waiting_.erase(waiting_.begin());
    if (call != nullptr) return call;
  }
  return nullptr;
}

bool Occupancy::Enter(int weight) {
  while (!Take()) {
    const std::shared_ptr<Sheddable> lighter = TakeLighter(weight);
    if (lighter == nullptr) return false;
    lighter->Shed();
  }
  return true;
}

Occupancy::Place Occupancy::Wait(int weight, std::weak_ptr<Sheddable> call) {
  std::lock_guard lock(mutex_);
  const Place place = {weight, newest_--};
  waiting_.emplace(place, std::move(call));
  return place;
}

void Occupancy::Stop(const Place& place) {
  if (place == Place()) return;
  std::lock_guard lock(mutex_);
  waiting_.erase(place);
}

}  // namespace blooio::gateway
