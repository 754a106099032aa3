// A list known by place whose elements stay where they are while it grows, so that
// a thread may use the elements it knows of while another one adds some.
//
// Who uses a place has to have learned of it after GrowTo named it. One GrowTo at a
// time.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

namespace blooio::gateway {

template <class T>
class Places {
 public:
  T& operator[](size_t place) const {
    const auto chunk = static_cast<size_t>(std::bit_width(place + 1) - 1);
    return chunks_[chunk][place + 1 - Size(chunk)];
  }
  size_t size() const { return size_; }
  void GrowTo(size_t size) {
    for (size_t chunk = 0; Size(chunk) <= size; ++chunk) {
      if (chunks_[chunk] == nullptr) chunks_[chunk] = std::make_unique<T[]>(Size(chunk));
    }
    if (size > size_) size_ = size;
  }

 private:
  static constexpr size_t Size(size_t chunk) { return size_t{1} << chunk; }

  // Each twice as long as the one before.
  std::array<std::unique_ptr<T[]>, 32> chunks_;
  std::atomic<size_t> size_ = 0;
};

}  // namespace blooio::gateway
