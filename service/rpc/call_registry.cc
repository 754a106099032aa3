#include "service/rpc/call_registry.h"

#include <utility>
#include <vector>

namespace blooio::gateway {

void CallRegistry::Add() {
  std::lock_guard lock(mutex_);
  ++existing_;
}

void CallRegistry::Remove() {
  std::lock_guard lock(mutex_);
  if (--existing_ == 0) changed_.notify_all();
}

void CallRegistry::Begin(const ServerCall* call) {
  std::lock_guard lock(mutex_);
  under_way_[call] = nullptr;
}

void CallRegistry::Run(const ServerCall* call, const std::shared_ptr<RunningCall>& running) {
  if (running == nullptr) return;
  bool abandoning = false;
  {
    std::lock_guard lock(mutex_);
    under_way_[call] = running;
    abandoning = abandoning_;
  }
  if (abandoning) running->Abandon();
}

void CallRegistry::End(const ServerCall* call) {
  std::lock_guard lock(mutex_);
  under_way_.erase(call);
}

bool CallRegistry::WaitForNone(absl::Time deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, absl::ToChronoTime(deadline), [this] { return existing_ == 0; });
}

void CallRegistry::AbandonAll() {
  std::vector<std::shared_ptr<RunningCall>> running;
  {
    std::lock_guard lock(mutex_);
    abandoning_ = true;
    for (const auto& [call, run] : under_way_) {
      if (run != nullptr) running.push_back(run);
    }
  }
  for (const auto& run : running) run->Abandon();
}

}  // namespace blooio::gateway
