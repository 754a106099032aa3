// How many calls the process carries at once, and who has to go when one comes too many:
// of those that wait for their first attempt, the newest of the lowest weight, if that is
// lower than the newcomer's; else the newcomer. Calls under way are never shed.
//
//   if (!occupancy.Enter(weight)) …         // GATEWAY_OVERLOADED
//   Occupancy::Place place = occupancy.Wait(weight, call);   // while it waits
//   occupancy.Stop(place);
//   occupancy.Leave();                      // when it has ended
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/container/btree_map.h"

namespace blooio::gateway {

// A call that waits and can be told to go.
class Sheddable {
 public:
  // Ends it as shed, before Shed returns or a little later, unless its turn comes first.
  virtual void Shed() = 0;

 protected:
  ~Sheddable() = default;
};

class Occupancy {
 public:
  // Weight, then order of arrival from the newest. The default is none.
  using Place = std::pair<int, uint64_t>;

  explicit Occupancy(int64_t most) : most_(most) {}

  bool Enter(int weight);
  void Leave() { present_.fetch_sub(1, std::memory_order_relaxed); }

  Place Wait(int weight, std::weak_ptr<Sheddable> call);
  void Stop(const Place& place);

  int64_t present() const { return present_.load(std::memory_order_relaxed); }

 private:
  bool Take();
  std::shared_ptr<Sheddable> TakeLighter(int weight);

  const int64_t most_;
  std::atomic<int64_t> present_ = 0;
  std::mutex mutex_;  // Guards what follows.
  uint64_t newest_ = UINT64_MAX;
  absl::btree_map<Place, std::weak_ptr<Sheddable>> waiting_;
};

}  // namespace blooio::gateway
