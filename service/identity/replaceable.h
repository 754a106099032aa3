// A value that is replaced as a whole while others use it: whoever has got it
// keeps it. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace blooio::gateway {

template <class T>
class Replaceable {
 public:
  // Null until something was set.
  std::shared_ptr<const T> Get() const {
    std::lock_guard lock(mutex_);
    return value_;
  }

  void Set(std::shared_ptr<const T> value) {
    std::lock_guard lock(mutex_);
    value_.swap(value);
    // The old value ends after the lock, with the argument.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace blooio::gateway
