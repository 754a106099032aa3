// One caller's calls of one method: their latencies, and a counter for each
// outcome that occurred, in a list that only grows and is read without a lock.
#pragma once

#include <prometheus/counter.h>

#include <atomic>
#include <memory>
#include <utility>

#include "service/telemetry/call_record.h"
#include "service/telemetry/latency_histogram.h"

namespace blooio::gateway {

// What tells counters of one caller and method apart.
struct CallOutcomeKey {
  const AccountMeter* account = nullptr;
  int code = 0;
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  bool operator==(const CallOutcomeKey&) const = default;
};

class CallSeries {
 public:
  explicit CallSeries(LatencyHistogram& histogram) : seconds(histogram) {}
  CallSeries(const CallSeries&) = delete;
  CallSeries& operator=(const CallSeries&) = delete;
  ~CallSeries() {
    for (const Node* node = first_; node != nullptr;) delete std::exchange(node, node->next.load());
  }

  // Null when there is none yet.
  prometheus::Counter* Find(const CallOutcomeKey& key) const {
    for (const Node* node = first_.load(std::memory_order_acquire); node != nullptr;
         node = node->next.load(std::memory_order_acquire)) {
      if (node->key == key) return &node->counter;
    }
    return nullptr;
  }

  // Behind those that occurred before: what is usual is found at once. One
  // thread at a time. `account` is that of the key, which stays for as long as it
  // stands here: another one could not be told from it by its address.
  void Add(const CallOutcomeKey& key, std::shared_ptr<const AccountMeter> account,
           prometheus::Counter& counter) {
    std::atomic<Node*>* end = &first_;
    while (Node* node = end->load(std::memory_order_relaxed)) end = &node->next;
    end->store(new Node{key, std::move(account), counter, nullptr}, std::memory_order_release);
  }

  LatencyHistogram& seconds;

 private:
  struct Node {
    const CallOutcomeKey key;
    const std::shared_ptr<const AccountMeter> account;
    prometheus::Counter& counter;
    std::atomic<Node*> next;
  };
  std::atomic<Node*> first_ = nullptr;
};

}  // namespace blooio::gateway
