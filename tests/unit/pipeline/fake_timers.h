// Things to do later, which the test has come about.
#pragma once

#include <deque>
#include <utility>

#include "service/base/timers.h"

namespace blooio::gateway {

class FakeTimers : public Timers {
 public:
  void After(absl::Duration delay, absl::AnyInvocable<void()> work) override {
    waiting.emplace_back(delay, std::move(work));
  }
  // Does the first of them.
  void Ring() {
    auto [delay, work] = std::move(waiting.front());
    waiting.pop_front();
    work();
  }

  std::deque<std::pair<absl::Duration, absl::AnyInvocable<void()>>> waiting;
};

}  // namespace blooio::gateway
