// Tells the one who asks for tokens when there is something to ask for, and whether that
// is sooner than it was told. Thread-safe and without locks.
#pragma once

#include <atomic>

#include "service/ratelimit/limit.h"

namespace blooio::gateway {

class WishAlarm {
 public:
  // Where one of many says when it has something to wish.
  using Slot = std::atomic<Instant>;

  void Set(Slot* slot, Instant due) {
    if (slot->load(std::memory_order_relaxed) == due) return;
    slot->store(due);
    Instant told = told_.load();
    while (due < told) {
      if (!told_.compare_exchange_weak(told, due)) continue;
      sooner_.store(true);
      return;
    }
  }

  // Whether it is sooner than told; once.
  bool TakeSooner() { return sooner_.load(std::memory_order_relaxed) && sooner_.exchange(false); }

  // `first` finds the first of all slots.
  template <class First>
  Instant Tell(First first) {
    sooner_.store(false);
    // Whatever is set from here on is seen by `first`, or is sooner than never.
    told_.store(kNever);
    const Instant due = first();
    told_.store(due);
    return due;
  }

 private:
  std::atomic<Instant> told_ = kNever;
  std::atomic<bool> sooner_ = false;
};

}  // namespace blooio::gateway
