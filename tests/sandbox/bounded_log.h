// A list that forgets its oldest items when it grows past a number of items or
// of bytes, and counts all it ever held.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace blooio::sandbox {

template <typename T>
class BoundedLog {
 public:
  BoundedLog(size_t max_items, size_t max_bytes) : max_items_(max_items), max_bytes_(max_bytes) {}

  // `bytes` is what the item is taken to weigh. The newest item always stays,
  // however large it is.
  T& Push(T item, size_t bytes) {
    entries_.emplace_back(std::move(item), bytes);
    bytes_ += bytes;
    ++total_;
    while (entries_.size() > 1 && (entries_.size() > max_items_ || bytes_ > max_bytes_)) {
      bytes_ -= entries_.front().second;
      entries_.pop_front();
    }
    return entries_.back().first;
  }

  // Forgets the items; the total goes on when `keep_total` is set.
  void Clear(bool keep_total) {
    if (!keep_total) total_ = 0;
    entries_.clear();
    bytes_ = 0;
  }

  size_t size() const { return entries_.size(); }
  // Items pushed since the total was last cleared, forgotten ones included.
  uint64_t total() const { return total_; }
  const T& operator[](size_t index) const { return entries_[index].first; }
  T& operator[](size_t index) { return entries_[index].first; }

 private:
  const size_t max_items_;
  const size_t max_bytes_;
  std::deque<std::pair<T, size_t>> entries_;
  size_t bytes_ = 0;
  uint64_t total_ = 0;
};

}  // namespace blooio::sandbox
