// The calls of a server, so that it can end in order: how many exist (until there
// is none, one may still post to its completion queue, which must not have been
// shut down), and which are under way. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "service/pipeline/pipeline.h"

namespace blooio::gateway {

class ServerCall;

class CallRegistry {
 public:
  // A call exists from Add to Remove, waiting for its RPC at first.
  void Add();
  void Remove();
  // Its RPC is under way from Begin to End, and (unless refused at once) runs
  // as `running`.
  void Begin(const ServerCall* call);
  void Run(const ServerCall* call, const std::shared_ptr<RunningCall>& running);
  void End(const ServerCall* call);

  // Waits until no call exists; false when `deadline` came first. A server that shuts
  // down ends those that wait for an RPC, and those whose RPC has come, if only to its
  // completion queue, end as ever: when none is left, none is lost.
  bool WaitForNone(absl::Time deadline);
  // Abandons what runs, and what is still to come.
  void AbandonAll();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t existing_ = 0;
  absl::flat_hash_map<const ServerCall*, std::shared_ptr<RunningCall>> under_way_;
  bool abandoning_ = false;
};

}  // namespace blooio::gateway
