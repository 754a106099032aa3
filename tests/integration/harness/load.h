// Callers that call without a pause, until they are told to end.
//
//   Load load(64, [&](int caller, int number) { return Call(number); });
//   ASSERT_TRUE(load.Await(300));   // so many more calls have ended
//   EXPECT_EQ(load.End(), …);       // how many there were
//   EXPECT_EQ(load.failures(), "");
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/harness/caller.h"

namespace blooio::integration {

class Load {
 public:
  // `call` gets the caller, from 0, and the call, from 1.
  Load(int callers, std::function<Result(int caller, int number)> call) {
    for (int caller = 0; caller < callers; ++caller) {
      threads_.emplace_back([this, call, caller] {
        while (const int number = Next()) Note(call(caller, number));
      });
    }
  }
  ~Load() { End(); }

  // Until so many more calls have ended; false when they do not.
  bool Await(int more) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(2),
                             [&, until = ended_ + more] { return ended_ >= until; });
  }
  // Lets the calls under way end, and returns how many there were.
  int End() {
    {
      std::lock_guard lock(mutex_);
      enough_ = true;
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    std::lock_guard lock(mutex_);
    return ended_;
  }
  // What each call that was not OK ended with.
  std::string failures() {
    std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  // 0: no more.
  int Next() {
    std::lock_guard lock(mutex_);
    return enough_ ? 0 : ++begun_;
  }
  void Note(const Result& result) {
    std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
    if (result.code != 0) absl::StrAppend(&failures_, result.Reason(), ": ", result.message, "\n");
  }

  std::mutex mutex_;  // Guards what follows, the threads excepted.
  std::condition_variable changed_;
  bool enough_ = false;
  int begun_ = 0;
  int ended_ = 0;
  std::string failures_;
  std::vector<std::thread> threads_;
};

}  // namespace blooio::integration
