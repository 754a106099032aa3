// Callers that call without a pause, until they are told to end.
//
//   Load load(64, [&](int caller, int number) { return Call(number); });
//   ASSERT_TRUE(load.Await(300));   // so many more calls have ended
//   EXPECT_EQ(load.End(), …);       // how many there were
//   EXPECT_EQ(load.failures(), "");
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
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
    absl::MutexLock lock(&mutex_);
    const int until = ended_ + more;
    const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_ >= until; };
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Minutes(2));
  }
  // Lets the calls under way end, and returns how many there were.
  int End() {
    {
      absl::MutexLock lock(&mutex_);
      enough_ = true;
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    absl::MutexLock lock(&mutex_);
    return ended_;
  }
  // What each call that was not OK ended with.
  std::string failures() {
    absl::MutexLock lock(&mutex_);
    return failures_;
  }

 private:
  // 0: no more.
  int Next() {
    absl::MutexLock lock(&mutex_);
    return enough_ ? 0 : ++begun_;
  }
  void Note(const Result& result) {
    absl::MutexLock lock(&mutex_);
    ++ended_;
    if (result.code != 0) absl::StrAppend(&failures_, result.Reason(), ": ", result.message, "\n");
  }

  absl::Mutex mutex_;
  bool enough_ ABSL_GUARDED_BY(mutex_) = false;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  int ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string failures_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace blooio::integration
