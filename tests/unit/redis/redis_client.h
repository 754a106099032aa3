// A RedisConnection as a test uses it: its calls wait for their answers, and all that it
// has said of itself is kept.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/base/clock.h"
#include "service/redis/connection.h"
#include "tests/unit/redis/on_loop.h"

namespace blooio::gateway {

class FixedRandomness : public Randomness {
 public:
  uint64_t Next() override { return uint64_t{1} << 63; }
};

// A list that one thread writes and another waits for.
template <class T>
class Heard {
 public:
  void Add(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    more_.notify_all();
  }
  // Waits until there are so many, and returns them.
  std::vector<T> Await(size_t count) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return items_.size() >= count; });
    return items_;
  }
  // Waits until an item after the first `skipped` ones is like that; returns its place.
  size_t AwaitOne(const std::function<bool(const T&)>& like, size_t skipped = 0) {
    std::unique_lock lock(mutex_);
    size_t place = skipped;
    more_.wait(lock, [&] {
      while (place < items_.size() && !like(items_[place])) ++place;
      return place < items_.size();
    });
    return place;
  }
  std::vector<T> items() const {
    const std::lock_guard lock(mutex_);
    return items_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::vector<T> items_;
};

// Patient but for tests of lateness, since the machine may be busy, and quick to try again.
inline RedisOptions PatientOptions(RedisAddress address) {
  return {.address = std::move(address),
          .answer_within = absl::Seconds(20),
          .connect_within = absl::Seconds(20),
          .retry = {.first = absl::Milliseconds(1), .most = absl::Milliseconds(4)}};
}

class RedisClient {
 public:
  using Answer = absl::StatusOr<RedisReply>;

  explicit RedisClient(RedisOptions options)
      : connection_(std::move(options), randomness_,
                    [this](const absl::Status& state) { states_.Add(state); }) {}

  // Until it is connected, or says why not.
  absl::Status Connected() { return states_.Await(1)[0]; }
  Heard<absl::Status>& states() { return states_; }

  // Starts a call whose answer is added to `answers`, which outlives this.
  void Begin(ScriptCall call, Heard<Answer>& answers) {
    connection_.Do([&](RedisConnection& connection) {
      connection.Run(std::move(call), [&answers](Answer answer) { answers.Add(std::move(answer)); });
    });
  }
  Answer Run(ScriptCall call) {
    Heard<Answer> answers;
    Begin(std::move(call), answers);
    return answers.Await(1)[0];
  }
  template <class Work>
  void Do(Work work) {
    connection_.Do(std::move(work));
  }
  void End() { connection_.End(); }

 private:
  FixedRandomness randomness_;
  Heard<absl::Status> states_;
  OnLoop<RedisConnection> connection_;
};

}  // namespace blooio::gateway
